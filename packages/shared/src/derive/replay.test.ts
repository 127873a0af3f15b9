import { describe, expect, test } from 'vitest';
import { kept, Replay } from '../fixtures/kernel/replay.ts';
import { type Agreement, claimedBy, compare, type FiemapExtent, printedFiemaps, saidBy } from '../fixtures/kernel/truth.ts';
import type { Volume } from './volume.ts';
import { LearnedXfs } from './xfs/learned.ts';

/** 259:0 of the guest. Fact: what mkfs.xfs printed, recordings/dax-mkfs-xfs.txt. */
const pmem: Volume = { dev: 259 << 20, filesystem: 'xfs', device: 1, blockSize: 4096, groups: { blocks: 24_576, log: 15 } };

interface Step {
  readonly t: number;
  readonly op: string;
  readonly file: string;
  readonly ino: number;
  readonly size: number;
  readonly extents?: readonly FiemapExtent[];
}

describe('createDeriver on the same work through the page cache and past it', () => {
  test.each([
    ['pagecache-xfs', 'with its geometry', pmem],
    ['dax-xfs', 'with its geometry', pmem],
    ['pagecache-xfs', 'with nothing but the trace', new LearnedXfs(pmem.dev, 1)],
    ['dax-xfs', 'with nothing but the trace', new LearnedXfs(pmem.dev, 1)],
  ])('equals every FIEMAP of %s where it claims to know, and knows 99 of 100 pages, %s', (name, _, volume) => {
    const steps = kept(`${name}.steps.jsonl`)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Step)
        .filter(({ op }) => op === 'fiemap'),
      found: Agreement = { pages: 0, known: 0, wrong: [] };
    const stops = steps.map(({ t }) => BigInt(t));
    const replay = new Replay(`${name}.v6.dat.gz`, volume, stops, (k, { model, numbers }) => {
      const { file, ino, size, extents } = steps[k]!,
        state = model.files.find(numbers.get(BigInt(ino)) ?? -1);
      compare(claimedBy(state, size), saidBy(extents!, size), `${k} ${file}`, found);
    });
    expect(replay.lost).toBe(0n);
    expect(found.wrong).toEqual([]);
    expect(found.known / found.pages).toBeGreaterThanOrEqual(0.99);
  });
});

test('createDeriver tells the size of files on persistent memory, of those that are only mapped too; of growth, which has no event, by the next mapping', () => {
  const steps = kept('dax-xfs.steps.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Step)
      .filter(({ ino }) => ino > 0),
    // With its last name a file loses its bytes.
    last = new Map(steps.map(({ op, file, ino, size }) => [file, { ino: BigInt(ino), size: op === 'unlink' ? 0n : BigInt(size) }]));
  const { sizes, numbers } = new Replay('dax-xfs.v6.dat.gz', pmem);
  expect(last.size).toBeGreaterThan(5);
  expect([...last].map(([file, { ino }]) => [file, sizes.get(numbers.get(ino) ?? -1)])).toEqual(
    [...last].map(([file, { size }]) => [file, size]),
  );
});

/** 7:0 of the machine that made them. Fact: recordings/xfs-small.fsinfo.txt. */
const loop: Volume = {
  dev: 7 << 20,
  filesystem: 'xfs',
  device: 1,
  blockSize: 4096,
  groups: { blocks: 32_768, log: 15 },
  disk: { dev: 7 << 20, from: 0n },
};

function atTheEnd(name: string): { replay: Replay; found: Agreement } {
  const replay = new Replay(`${name}.v6.trace.dat.gz`, loop),
    found: Agreement = { pages: 0, known: 0, wrong: [] };
  for (const { name: file, ino, size, extents } of printedFiemaps(kept(`${name}.fiemap.txt`))) {
    const state = replay.model.files.find(replay.numbers.get(ino) ?? -1);
    compare(claimedBy(state, size), saidBy(extents, size), file, found);
  }
  return { replay, found };
}

describe('createDeriver on a trace without the events of the filesystem that free and convert', () => {
  test('equals FIEMAP at the end where it claims to know', () => {
    const { replay, found } = atTheEnd('xfs-small');
    expect(found.wrong).toEqual([]);
    expect(found.known).toBeGreaterThan(0);
    expect([replay.records, replay.lost, replay.gaps]).toEqual([15_988, 0n, 0]);
  });
  test('claims nothing of what lost records may have touched', () => {
    const { replay, found } = atTheEnd('xfs-lossy');
    expect(found.wrong).toEqual([]);
    expect([replay.lost, replay.gaps]).toEqual([6494n, 1]);
  });
});
