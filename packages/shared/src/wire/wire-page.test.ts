import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { wirePage } from '../fixtures/wire-page.ts';
import { flawCodes, ruleTables, warningCodes } from './index.ts';

const page = new URL('../../../../docs/wire.md', import.meta.url);

test('docs/wire.md says what the tables say', () => {
  if (process.env['MAPSCOPE_WRITE_DOCS']) writeFileSync(page, wirePage());
  expect(readFileSync(page, 'utf8'), 'MAPSCOPE_WRITE_DOCS=1 npx vitest run packages/shared/src/wire/wire-page.test.ts').toBe(wirePage());
});

test('every code of the vectors is in a table', () => {
  const known = new Set([...flawCodes, ...warningCodes].map(([code]) => code));
  for (const [, rules] of ruleTables) for (const { code } of rules) known.add(code);
  for (const file of ['classic', 'daxdev', 'fmap', 'framing', 'iomap'])
    for (const { code, warnings = [] } of JSON.parse(
      readFileSync(new URL(`../fixtures/vectors/${file}.json`, import.meta.url), 'utf8'),
    ) as {
      code?: string;
      warnings?: string[];
    }[])
      for (const one of [...warnings, ...(code ? [code] : [])]) expect(known).toContain(one);
});
