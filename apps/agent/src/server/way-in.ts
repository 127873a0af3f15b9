import { type Denial, denials } from './access.ts';

/** Style of the pages below; a file of its own, because the policy allows no style inside a page. */
export const wayInStyle = `:root { color-scheme: light dark; --ground: #fbfbfa; --ink: #1c1d1f; --soft: #5d6167; --line: #d9dadd; --code: #f0f0ee; }
@media (prefers-color-scheme: dark) { :root { --ground: #16181b; --ink: #e8e9ea; --soft: #9aa0a8; --line: #33373d; --code: #22262b; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 34rem; padding: 2rem; }
h1 { font-size: 1.25rem; font-weight: 600; margin: 0 0 .75rem; }
p { margin: 0 0 .9rem; color: var(--soft); }
code, pre { font: 13px/1.6 ui-monospace, monospace; color: var(--ink); background: var(--code); border: 1px solid var(--line); border-radius: 6px; }
code { padding: .1em .35em; }
pre { padding: .75rem .9rem; overflow-x: auto; margin: 0 0 1rem; }
`;

const ways: Readonly<Record<Denial | 'page', readonly string[]>> = {
  token: [
    '<p>This page belongs to whoever started mapscope. The address that it printed carries a token; open it once, and this browser is let in from then on.</p>',
    '<p>The terminal no longer shows it? Ask again:</p><pre>mapscope status</pre>',
  ],
  host: [
    '<p>mapscope answers only to <code>127.0.0.1</code> and <code>localhost</code>, with the port it was given, so that no other name can be made to point at it.</p>',
    '<p>From another machine, keep the port the same on both ends:</p><pre>ssh -L 7070:127.0.0.1:7070 USER@HOST</pre>',
  ],
  origin: ['<p>The request came from another page. Open the address that mapscope printed.</p>'],
  page: ['<p>The agent runs, but its page has not been built.</p><pre>npm run setup</pre>'],
};

/** A small page for whoever is not let in: what is so, and how to get in. */
export function wayIn(why: Denial | 'page'): string {
  const title = why === 'page' ? 'No page here yet' : denials[why].message;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>mapscope: ${title}</title>
<link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/way-in.css">
</head>
<body>
<main>
<h1>${title}</h1>
${ways[why].join('\n')}
</main>
</body>
</html>
`;
}
