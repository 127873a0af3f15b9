import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EventRow, frameOf } from '@mapscope/shared/fixtures';
import { Kind, MapLayer, MapType, SourceId, Where } from '@mapscope/shared/trace';
import { U64_MAX, utf8 } from '@mapscope/shared/units';
import { ExtentFlag } from '@mapscope/shared/wire';
import { Doubts } from './doubts.ts';

const unknown = (inode: number, from: bigint, length: bigint, source: SourceId = SourceId.tracefs): EventRow => ({
  kind: Kind.extent,
  time: 5n,
  inode,
  source,
  role: MapLayer.data,
  type: MapType.UNKNOWN,
  offset: from,
  length,
});
const inode = (number: number, path: string, size: bigint): EventRow => ({
  kind: Kind.inode,
  time: 5n,
  inode: number,
  length: size,
  bytes: utf8(path),
});
const gone = (inode: number): EventRow => ({ kind: Kind.inodeGone, time: 5n, inode });
const lost = (inode = 0): EventRow => ({ kind: Kind.lost, time: 5n, inode });

/** What is in doubt, `inode: from..to` each, after everything was told. */
function doubted(...rows: readonly EventRow[]): string[] {
  const doubts = new Doubts();
  doubts.hear(frameOf(rows));
  return doubts.ripe(U64_MAX, 0n, 0n, 99).map(([inode, { from, to }]) => `${inode}: ${from}..${to === U64_MAX ? 'end' : to}`);
}

describe('Doubts', () => {
  test('take what became unknown, and of several ranges of a file the one around them', () => {
    expect(doubted(unknown(1, 100n, 50n), unknown(1, 900n, 10n), unknown(2, 5n, U64_MAX - 5n))).toEqual(['1: 100..910', '2: 5..end']);
  });

  test('leave alone what became unknown and is known again as a whole, but not what others put in doubt', () => {
    const known = (from: bigint, length: bigint): EventRow => ({ ...unknown(1, from, length), type: MapType.MAPPED });
    expect(doubted(unknown(1, 100n, 50n), known(100n, 50n))).toEqual([]);
    expect(doubted(unknown(1, 100n, 50n), known(100n, 40n))).toEqual(['1: 100..150']);
    expect(doubted(inode(1, 'a', 9n), inode(1, 'b', 9n), unknown(1, 0n, 50n), known(0n, U64_MAX))).toEqual(['1: 0..end']);
  });

  test('leave alone what FIEMAP itself did not know: asking again would never end', () => {
    expect(doubted(unknown(1, 0n, 9n, SourceId.fiemap))).toEqual([]);
  });

  test('take what is perhaps shared by now, or no longer, but not what is known not to be', () => {
    const same = (flags: number): EventRow => ({ ...unknown(1, 100n, 50n), type: MapType.MAPPED, result: BigInt(Where.same), flags });
    expect(doubted(same(ExtentFlag.SHARING_UNKNOWN))).toEqual(['1: 100..150']);
    expect(doubted(same(0))).toEqual([]);
    expect(doubted({ ...same(ExtentFlag.SHARING_UNKNOWN), result: BigInt(Where.everywhere) })).toEqual([]);
  });

  test('take a renamed file as a whole, and of a truncated one what lies behind its new end, with all of the block that this cuts', () => {
    const renamed = [inode(1, 'a', 9000n), inode(1, 'b', 9000n)],
      cut = [inode(2, 'c', 9000n), inode(2, 'c', 4096n), inode(4, 'e', 9000n), { ...inode(4, 'e', 5000n), flags: 1024 }],
      grown = [inode(3, 'd', 1n), inode(3, 'd', 2n)];
    expect(doubted(...renamed, ...cut, ...grown)).toEqual(['1: 0..end', '2: 0..end', '4: 4096..end']);
  });

  test('take every file after a loss, but none that is gone', () => {
    expect(doubted(inode(1, 'a', 1n), inode(2, 'b', 1n), gone(2), lost())).toEqual(['1: 0..end']);
    expect(doubted(inode(1, 'a', 1n), inode(2, 'b', 1n), lost(2))).toEqual(['2: 0..end']);
  });

  test('are ripe when nothing more came for a while, or when they have waited long enough', () => {
    const doubts = new Doubts();
    const ripe = (now: bigint): number[] => doubts.ripe(now, 10n, 25n, 99).map(([inode]) => inode);
    doubts.add(1, 100n, 0n, 1n);
    expect(doubts.nextAt(10n, 25n)).toBe(110n);
    for (const at of [109n, 118n, 124n]) {
      expect(ripe(at)).toEqual([]);
      doubts.add(1, at, 0n, 1n);
    }
    expect(doubts.nextAt(10n, 25n)).toBe(125n);
    expect(ripe(125n)).toEqual([1]);
    expect([doubts.size, doubts.nextAt(10n, 25n)]).toEqual([0, undefined]);
  });

  test('come out once each, however many are taken at a time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (inodes, most) => {
        const doubts = new Doubts(),
          out: number[] = [];
        for (const inode of inodes) doubts.add(inode, 0n);
        for (let turn = 0; turn < 50; turn++) {
          const taken = doubts.ripe(1n, 0n, 0n, most);
          expect(taken.length).toBeLessThanOrEqual(most);
          out.push(...taken.map(([inode]) => inode));
        }
        expect(out).toEqual([...new Set(inodes)]);
      }),
    );
  });
});
