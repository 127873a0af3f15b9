import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { lawMs, lawRuns } from '../../fixtures/runs.ts';
import { Inode } from '../inode.ts';
import type { Volume } from '../volume.ts';
import { type Sharer, Sharers } from './sharers.ts';

vi.setConfig({ testTimeout: lawMs() });

const volume: Volume = { dev: 1, filesystem: 'xfs', device: 1, blockSize: 1 },
  files = [0n, 1n, 2n].map((ino) => new Inode(volume, true, ino, 0n, Number(ino) + 1)),
  [first, second] = files as [Inode, Inode],
  PLACES = 40;

const it = (inode: Inode, from: number, addr: number, length: number): Sharer => ({
  inode,
  from: BigInt(from),
  addr: BigInt(addr),
  length: BigInt(length),
});
const told = (found: Iterable<Sharer>): string[] =>
  [...found].map(({ inode, from, addr, length }) => `${inode.ino}: ${from} at ${addr}+${length}`).toSorted();

describe('Sharers', () => {
  test('names all files that have a place, where it lies in each, and forgets it', () => {
    const sharers = new Sharers();
    sharers.add(it(first, 0, 10, 8));
    sharers.add(it(second, 100, 12, 8));
    expect(told(sharers.take(1, 14n, 16n))).toEqual(['0: 4 at 14+2', '1: 102 at 14+2']);
    expect(told(sharers.take(1, 0n, 40n))).toEqual(['0: 0 at 10+4', '0: 6 at 16+2', '1: 100 at 12+2', '1: 104 at 16+4']);
    expect(told(sharers.take(1, 0n, 40n))).toEqual([]);
  });

  test('knows which parts have ended since somebody asked, and doubts all where it no longer does', () => {
    const sharers = new Sharers(),
      ended = (since: bigint): string[] => told(sharers.endedSince(it(first, 0, 10, 8), since));
    sharers.ended(5n, 1, 4n, 12n);
    sharers.ended(7n, 1, 16n, 40n);
    sharers.ended(8n, 2, 0n, 40n);
    expect([ended(4n), ended(5n), ended(7n)]).toEqual([['0: 0 at 10+2', '0: 6 at 16+2'], ['0: 6 at 16+2'], []]);
    for (let time = 10n; time < 2000n; time++) sharers.ended(time, 2, 0n, 1n);
    expect([ended(7n), ended(1990n)]).toEqual([['0: 0 at 10+8'], []]);
  });

  test('follows what moves within its file', () => {
    const sharers = new Sharers();
    sharers.add(it(first, 0, 10, 8));
    sharers.move(first, 12n, 4n, 2n, 50n);
    expect(told(sharers.take(1, 0n, 40n))).toEqual(['0: 0 at 10+2', '0: 50 at 12+4', '0: 6 at 16+2']);
  });

  test('names what it had to forget for want of room', () => {
    const sharers = new Sharers(2);
    expect([0, 10, 20].map((at) => sharers.add(it(first, at * 2, at, 1)) !== undefined)).toEqual([false, false, true]);
    expect([...sharers.take(1, 0n, 40n)]).toHaveLength(2);
  });

  test('agrees with keeping every byte by itself', () => {
    const range = fc.tuple(fc.nat(files.length - 1), fc.nat(PLACES - 8), fc.integer({ min: 1, max: 8 }), fc.constantFrom(0, 100, 200));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), range), { maxLength: 12 }), (acts) => {
        const sharers = new Sharers(),
          // Of a file at a place: where it lies in it, perhaps twice.
          bytes = new Set<string>();
        const key = (ino: bigint, place: bigint, from: bigint): string => `${ino} ${place} ${from}`;
        for (const [isAdded, [file, addr, length, shift]] of acts) {
          const whole = it(files[file]!, addr + shift, addr, length);
          if (isAdded) {
            sharers.add(whole);
            for (let k = 0n; k < whole.length; k++) bytes.add(key(whole.inode.ino, whole.addr + k, whole.from + k));
            continue;
          }
          const found = new Set<string>();
          for (const { inode, from, addr: at, length: n } of sharers.take(1, whole.addr, whole.addr + whole.length))
            for (let k = 0n; k < n; k++) found.add(key(inode.ino, at + k, from + k));
          const want = [...bytes].filter((one) => {
            const place = BigInt(one.split(' ')[1]!);
            return place >= whole.addr && place < whole.addr + whole.length;
          });
          for (const one of want) bytes.delete(one);
          expect([...found].toSorted()).toEqual(want.toSorted());
        }
      }),
      lawRuns(),
    );
  });
});
