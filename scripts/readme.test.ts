import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { capabilityMarkdown, settingMarkdown } from '../apps/agent/src/doctor/markdown.ts';

const path = new URL('../README.md', import.meta.url);
const tables: Readonly<Record<string, () => string>> = { capabilities: capabilityMarkdown, settings: settingMarkdown };

/** The tables of the README are those of the program: `MAPSCOPE_WRITE_DOCS=1 npx vitest run scripts/readme.test.ts` writes them. */
test.each(Object.keys(tables))('README.md has the table of %s as the program has it', (name) => {
  const readme = readFileSync(path, 'utf8'),
    block = new RegExp(`(<!-- begin: ${name} -->\\n)([^]*?)(<!-- end: ${name} -->)`);
  const wanted = readme.replace(block, (_, begin: string, __, end: string) => `${begin}${tables[name]!()}\n${end}`);
  if (process.env['MAPSCOPE_WRITE_DOCS']) writeFileSync(path, wanted);
  else expect(readme).toBe(wanted);
});

test('README.md names the Debian packages that set-up installs for tests and benches', async () => {
  // Plain JavaScript, since it runs before anything is installed.
  const script = new URL('./debian.mjs', import.meta.url).href,
    { needs } = (await import(script)) as { needs: Readonly<Record<'test' | 'bench', readonly { readonly package: string }[]>> };
  const named = /^Debian packages, for tests and benches only: ([^.]+)\.$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
  expect(named.split(/,\s+/).sort()).toEqual([...new Set([...needs.test, ...needs.bench].map((need) => need.package))].sort());
});
