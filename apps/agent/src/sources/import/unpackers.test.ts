import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isFlaw } from '@mapscope/shared/units';
import { type Told, toldBy } from '../../../../../packages/shared/src/fixtures/ftrace/told.ts';
import { openUnpackers } from './unpackers.ts';

const vectors = join(import.meta.dirname, '../../../../../packages/shared/src/fixtures/vectors/tracedat'),
  bytes = new Uint8Array(readFileSync(join(vectors, 'mini_v7_zstd.dat'))),
  expected = JSON.parse(readFileSync(join(vectors, 'expected.json'), 'utf8')) as { events: Told[] };
const unpackers = await openUnpackers('zstd');

test('openUnpackers unpacks zstd: the nine events of mini_v7_zstd.dat', () => {
  const found = toldBy(bytes, unpackers);
  expect(!isFlaw(found) && [found.told, found.trace.parts.flaws]).toEqual([expected.events, []]);
});

test('openUnpackers gives what a file holds that is cut anywhere, and never throws where it is damaged', () => {
  // `npm run test:long` takes every byte.
  const step = process.env['MAPSCOPE_LONG'] === '1' ? 1 : 7,
    whole = new Set(expected.events.map((event) => JSON.stringify(event)));
  for (let at = 0; at < bytes.length; at += step)
    for (const odd of [bytes.slice(0, at), bytes.with(at, bytes[at]! ^ 0x55)]) {
      const found = toldBy(odd, unpackers);
      if (isFlaw(found)) continue;
      expect(found.trace.parts.flaws.every((flaw) => flaw.at >= 0 && flaw.at <= bytes.length)).toBe(true);
      if (odd.length === bytes.length) continue;
      expect(found.told.every((event) => whole.has(JSON.stringify(event)))).toBe(true);
      if (found.told.length < whole.size) expect(found.trace.parts.flaws.length, `cut at ${at}`).toBeGreaterThan(0);
    }
});
