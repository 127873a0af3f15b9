import { expect, test } from 'vitest';
import { rules } from '@mapscope/shared/derive';
import known from './known-formats.json' with { type: 'json' };

/** Of kernels with fuse-iomap: none of these two is one. */
const LATER = /^fuse_iomap_/;
/** Are printed alike, so that no format is needed. */
const CALL = /^sys_(enter|exit)_/;

test('known formats are there for each event that a rule takes: text of the others would be passed over', () => {
  const names = new Set(
      Object.values(known)
        .flat()
        .map((format) => /^name: (\S+)/.exec(format)?.[1]),
    ),
    wanted = new Set(Object.values(rules).flatMap((list) => list.map(({ event }) => event)));
  expect([...wanted].filter((event) => !names.has(event) && !LATER.test(event) && !CALL.test(event))).toEqual([]);
});
