import { describe, expect, test } from 'vitest';
import { bare, BLOCK, BLOCKS, cached, claims, mapped, PAGE } from '../fixtures/file-claims.ts';
import { FolioState, How, MapType, NO_ADDR } from '../trace/index.ts';
import { ExtentFlag } from '../wire/index.ts';
import { comparableBytes, dirtyFolios } from './compare-bytes.ts';

describe('comparableBytes', () => {
  const all = [{ from: 0n, to: BigInt(BLOCKS) * BLOCK }],
    rules = { block: BLOCK, tellsBlocks: true };

  test('names clean blocks of plain data with their places, as far as the file goes', () => {
    const model = claims(
      [mapped(0, 4, 100), mapped(4, 6, 300), bare(6, 7, MapType.HOLE), mapped(7, 8, 400, { type: MapType.UNWRITTEN }), mapped(8, 12, 500)],
      [cached(0, 2, FolioState.dirty), cached(2, 9, FolioState.clean)],
    );
    expect(comparableBytes(model, all, 8n * BLOCK + 5n, rules)).toEqual([
      { from: 2n * BLOCK, to: 4n * BLOCK, device: '/dev/loop0', addr: 102n * BLOCK },
      { from: 4n * BLOCK, to: 6n * BLOCK, device: '/dev/loop0', addr: 300n * BLOCK },
      { from: 8n * BLOCK, to: 8n * BLOCK + 5n, device: '/dev/loop0', addr: 500n * BLOCK },
    ]);
  });

  test.each([
    ['that is compressed', { flags: ExtentFlag.ENCODED }],
    ['on a device without a name', { device: '' }],
    ['without a place', { addr: NO_ADDR }],
  ])('leaves out data %s', (_, it) => {
    expect(comparableBytes(claims([mapped(0, 4, 100, it)], [cached(0, 4, FolioState.clean)]), all, BLOCK, rules)).toEqual([]);
  });

  test('takes blocks of a dirty folio that nobody wrote to for clean where events tell each write, unless that was only asked for', () => {
    const bytesOf = (tellsBlocks: boolean, how: How): number => {
      const model = claims([mapped(0, 4, 100)], [cached(0, 4, FolioState.folioDirty, 2, how)]);
      return comparableBytes(model, all, 4n * BLOCK, { block: BLOCK, tellsBlocks }).length;
    };
    expect([bytesOf(true, How.observed), bytesOf(true, How.reported), bytesOf(false, How.observed)]).toEqual([1, 0, 0]);
  });

  test('names nothing outside of what is wanted', () => {
    const model = claims([mapped(0, 8, 100)], [cached(0, 8, FolioState.clean)]),
      wanted = dirtyFolios(claims([], [cached(5, 6, FolioState.dirty, 0)]), PAGE);
    expect(comparableBytes(model, wanted, 8n * BLOCK, rules).map(({ from, to }) => [from, to])).toEqual([[4n * BLOCK, 8n * BLOCK]]);
  });
});
