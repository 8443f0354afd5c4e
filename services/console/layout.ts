/** One page of the console. */
export interface Page {
  /** Where it is served: `/demo/echo`. */
  readonly path: string;
  readonly title: string;
  readonly description: string;
  /** The file in `assets/` with what stands inside `<main>`. */
  readonly content: string;
  /** Its script, below `/console/browser/`. */
  readonly script: string;
}

/** Every page there is, in the order of the navigation. */
export const pages: readonly Page[] = [
  {
    path: '/',
    title: 'Start',
    description: 'A media-session broker: what runs where, and the first command to try.',
    content: 'start.html',
    script: 'start/page.js',
  },
  {
    path: '/demo/echo',
    title: 'Echo',
    description: 'See and hear yourself through the broker.',
    content: 'echo.html',
    script: 'echo/page.js',
  },
  {
    path: '/demo/call',
    title: 'Call',
    description: 'Two people see and hear each other through the broker.',
    content: 'call.html',
    script: 'call/page.js',
  },
  {
    path: '/demo/room',
    title: 'Room',
    description: 'Publish into a room, watch who else does, and write to all.',
    content: 'room.html',
    script: 'room/page.js',
  },
  {
    path: '/demo/api',
    title: 'API',
    description: 'Send any command, and see its reply and the events.',
    content: 'api.html',
    script: 'api/page.js',
  },
];

/** The whole document: the frame that all pages share, around `content`, which is trusted markup of ours. */
export function documentOf({ path, title, description, script }: Page, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${description}">
<title>${title} · Bifrons</title>
<link rel="icon" type="image/svg+xml" href="/console/mark.svg">
<link rel="stylesheet" href="/console/style.css">
<script type="module" src="/console/browser/${script}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<a class="brand" href="/"><img src="/console/mark.svg" alt="" width="32" height="32">Bifrons</a>
<nav aria-label="Pages">${pages.map((page) => linkTo(page, path)).join('')}</nav>
</header>
<main id="main">
<noscript><p class="notice">This page needs JavaScript: it talks to the broker itself.</p></noscript>
${content}</main>
</body>
</html>
`;
}

function linkTo({ path, title }: Page, current: string): string {
  return `<a href="${path}"${path === current ? ' aria-current="page"' : ''}>${title}</a>`;
}
