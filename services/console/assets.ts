import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { documentOf, pages } from './layout.ts';

/** One file as it is served, held in memory. */
export interface Asset {
  readonly body: Buffer;
  readonly type: string;
  /** Strong, by content (RFC 9110 section 8.8.3). */
  readonly etag: string;
}

/** What is served as it lies in `assets/`; pages are put together. */
const files = ['style.css', 'mark.svg'];

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  map: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
};

/**
 * Every page, style, picture and script by its path, read once from beside this module.
 *
 * Throws if the build left something out. What is not in the table cannot be asked for, whatever the path says.
 */
export function loadAssets(): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const page of pages) assets.set(page.path, assetOf('html', documentOf(page, contentOf(page.content))));
  for (const file of files) assets.set(`/console/${file}`, assetOf(ending(file), read(`assets/${file}`)));
  for (const file of compiledScripts())
    assets.set(`/console/browser/${file}`, assetOf(ending(file), read(`browser/${file}`)));
  for (const { script } of pages)
    if (!assets.has(`/console/browser/${script}`))
      throw new Error(`no browser script ${script}: npm run build`);
  return assets;
}

/** The markup of a page, with the parts that it shares with others put in. */
function contentOf(file: string): string {
  return read(`assets/${file}`)
    .toString()
    .replaceAll(/<!-- part ([\w-]+\.html) -->\n/g, (_comment, part: string) =>
      read(`assets/parts/${part}`).toString(),
    );
}

/** Scripts and their source maps, as the build wrote them. */
function compiledScripts(): readonly string[] {
  const found = readdirSync(new URL('browser/', import.meta.url), { recursive: true, encoding: 'utf8' });
  return found.map((file) => file.replaceAll('\\', '/')).filter((file) => /\.js(\.map)?$/.test(file));
}

function read(path: string): Buffer {
  return readFileSync(new URL(path, import.meta.url));
}

function ending(file: string): string {
  return file.slice(file.lastIndexOf('.') + 1);
}

/** What is sent with the headers of its kind: `html`, `json`. */
export function assetOf(kind: string, content: Buffer | string): Asset {
  const body = Buffer.from(content);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, type: types[kind] ?? 'application/octet-stream', etag };
}
