// Commands for a shell. No DOM here: it also runs in Node's tests.

/** Where the broker's NATS is. */
export interface Bus {
  /** One address or several, separated by commas; undefined while it is not known. */
  readonly url: string | undefined;
  /** Of NATS subjects: `media`. */
  readonly prefix: string;
}

/** Where the `nats` program looks without being told. */
const defaultBus = 'nats://127.0.0.1:4222';

/** For the `nats` program; `json` is the envelope. */
export function natsRequest({ url, prefix }: Bus, json: string): string {
  const server = url === undefined || url === defaultBus ? '' : `-s ${shellWord(url)} `;
  return `nats req ${server}${shellWord(`${prefix}.cmd`)} ${shellWord(json)}`;
}

/** For curl; `json` is the envelope. */
export function curlRequest(origin: string, json: string): string {
  return `curl -s ${shellWord(`${origin}/rpc`)} -H 'content-type: application/json' -d ${shellWord(json)}`;
}

/** Quoted, if a shell would read it as more than one plain word. */
export function shellWord(word: string): string {
  return /^[\w./:@,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
