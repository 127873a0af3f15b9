import { describe, expect, test } from 'vitest';
import { fromQuery, toQuery } from './address.ts';
import { type Choice, first } from './state.ts';

const read = (query: string): Partial<Choice> => {
  const parameters = new URLSearchParams(query);
  return fromQuery((name) => parameters.get(name));
};

const chosen: Choice = {
  ...first,
  tab: 'folios',
  theme: 'dark',
  notation: 'hex',
  inode: 3,
  path: 'dir with space/ä&b.db',
  selected: { kind: 'extent', inode: 3, layer: 'pending', from: 4096n, to: 2n ** 63n },
  camera: { from: 4_194_304n, fraction: 0.25, bytes: 65_536.5 },
  timeSpan: 2_000_000_000n,
  isSpanChosen: true,
  timeEnd: 12_345_678_901_234n,
  at: 12_345_000_000_000n,
  sort: 'dirty',
  filter: '*.db',
  isTable: true,
};
const onlyChoice = ({
  tab,
  theme,
  notation,
  inode,
  path,
  selected,
  camera,
  timeSpan,
  isSpanChosen,
  timeEnd,
  at,
  sort,
  filter,
  isTable,
}: Choice): Choice => ({
  tab,
  theme,
  notation,
  inode,
  path,
  selected,
  camera,
  timeSpan,
  isSpanChosen,
  timeEnd,
  at,
  sort,
  filter,
  isTable,
});

describe('fromQuery', () => {
  test('undoes toQuery', () => {
    expect(read(toQuery(chosen))).toEqual(onlyChoice(chosen));
  });

  test('undoes toQuery for every kind of selection', () => {
    for (const selected of [
      { kind: 'op', op: 0x1000_0007, inode: 3, from: 0n, to: 0n },
      { kind: 'folio', inode: 3, from: 0n, to: 65_536n },
      { kind: 'chunk', inode: 3, layout: 2, from: 0n, to: 1n },
    ] as const)
      expect(read(toQuery({ ...chosen, selected })).selected).toEqual(selected);
  });

  test('leaves out what makes no sense instead of failing', () => {
    expect(read('tab=dots&theme=pink&inode=-1&at=1e3&bytes=0&sel=extent:nothing:1-2&span=0&end=x&o=octal&fraction=7')).toEqual({});
  });
});

describe('toQuery', () => {
  test('of a fresh page is empty', () => {
    expect(toQuery(first)).toBe('');
  });

  test('never carries a token along, since it is made anew', () => {
    expect(toQuery({ ...first, ...read('token=secret&tab=strips') })).toBe('tab=strips');
  });
});
