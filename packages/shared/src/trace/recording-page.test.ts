import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { recordingPage } from '../fixtures/recording-page.ts';
import { Kind } from './kind.ts';
import { meanings } from './meaning.ts';

const page = new URL('../../../../docs/recording.md', import.meta.url);

test('docs/recording.md says what the tables say', () => {
  if (process.env['MAPSCOPE_WRITE_DOCS']) writeFileSync(page, recordingPage());
  expect(readFileSync(page, 'utf8'), 'MAPSCOPE_WRITE_DOCS=1 npx vitest run packages/shared/src/trace/recording-page.test.ts').toBe(
    recordingPage(),
  );
});

test('meanings names every kind once', () => {
  const names = Object.values(Kind).map((kind) => meanings[kind].name);
  expect(new Set(names).size).toBe(Object.keys(Kind).length);
});
