import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { decodeFrame, type Frame, Kind, SourceId } from '../trace/index.ts';
import { alike } from '../fixtures/alike.ts';
import { claimsOnlyWhatIsSo, drawn, same } from '../fixtures/claims.ts';
import { type EventRow, framesOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { anyStream } from '../fixtures/streams.ts';
import { inodes } from '../fixtures/world.ts';
import { createModel, type Model } from './model.ts';
import { plainFiles } from './plain.ts';
import { reduce } from './reduce.ts';
import { snapshot, snapshotSections } from './snapshot.ts';

vi.setConfig({ testTimeout: lawMs() });

function modelOf(frames: readonly Frame[], model = createModel()): Model {
  for (const frame of frames) reduce(model, frame);
  return model;
}
const decoded = (frames: readonly Uint8Array[]): Frame[] => frames.map((bytes) => decodeFrame(bytes) as Frame);

const stream = anyStream();
const cuts = fc.array(fc.nat(100), { maxLength: 6 });

describe('reduce', () => {
  test('law of batching: a stream cut into frames anywhere gives the same model', () => {
    fc.assert(
      fc.property(stream, cuts, (rows, at) => same(modelOf(framesOf(rows, at)), modelOf(framesOf(rows)))),
      lawRuns(),
    );
  });

  test('law of order: events of different inodes may come in any order between them', () => {
    const mixed = anyStream({ onlyInodes: true, losses: false }),
      anyOrder = fc.shuffledSubarray([...inodes], { minLength: inodes.length });
    fc.assert(
      fc.property(mixed, anyOrder, (rows, order) => {
        const apart = order.flatMap((inode) => rows.filter((row) => row.inode === inode));
        const a = modelOf(framesOf(rows)),
          b = modelOf(framesOf(apart));
        alike(plainFiles(a), plainFiles(b), () => `${drawn(a)}\n---\n${drawn(b)}`);
      }),
      lawRuns(),
    );
  });

  test('law of loss: what lost rows could have touched is unknown, until told anew', () => {
    const sources = fc.constantFrom(SourceId.fuse, SourceId.tracefs, SourceId.pagecache, SourceId.fiemap, SourceId.collector);
    fc.assert(
      fc.property(anyStream({ losses: false, where: false }), fc.nat(100), fc.nat(40), sources, (rows, at, n, source) => {
        const from = Math.min(at, rows.length),
          to = Math.min(from + n, rows.length);
        const isLost = (row: EventRow, k: number): boolean =>
          k >= from && k < to && (source === SourceId.collector || row.source === source);
        const time = rows[to - 1]?.time ?? 0n;
        const lost: EventRow = { kind: Kind.lost, time, source, result: -1n, offset: rows[from]?.time ?? 0n, length: time };
        const kept = [...rows.slice(0, to).filter((row, k) => !isLost(row, k)), lost, ...rows.slice(to)];
        claimsOnlyWhatIsSo(modelOf(framesOf(kept)), modelOf(framesOf(rows)));
      }),
      lawRuns(),
    );
  });
});

describe('snapshot', () => {
  test('law of the snapshot: reducing it into an empty model gives the model', () => {
    fc.assert(
      fc.property(stream, (rows) => {
        const model = modelOf(framesOf(rows));
        same(modelOf(decoded(snapshot(model))), model);
      }),
      lawRuns(),
    );
  });

  test('empties what a model knew before', () => {
    fc.assert(
      fc.property(stream, stream, (rows, before) => {
        const model = modelOf(framesOf(rows)),
          again = modelOf(framesOf(before.filter(({ kind }) => kind !== Kind.gap)));
        modelOf(decoded(snapshot(model, { until: again.until > model.until ? again.until : model.until })), again);
        expect(plainFiles(again)).toEqual(plainFiles(model));
      }),
      lawRuns(0.1),
    );
  });

  test('law of the late joiner: a snapshot at any moment and the rest of the stream equal the whole', () => {
    fc.assert(
      fc.property(stream, fc.nat(100), cuts, (rows, at, others) => {
        const early = modelOf(framesOf(rows.slice(0, at))),
          joiner = modelOf(decoded(snapshot(early)));
        same(modelOf(framesOf(rows.slice(at), others), joiner), modelOf(framesOf(rows)));
      }),
      lawRuns(),
    );
  });

  test('carries as many ended ops as it says, and a joiner then sees the same newest ones as everybody', () => {
    fc.assert(
      fc.property(stream, fc.nat(100), fc.nat(4), (rows, at, recentOps) => {
        const early = modelOf(framesOf(rows.slice(0, at))),
          joiner = modelOf(decoded(snapshot(early, { recent: { ops: recentOps, messages: Infinity } })));
        same(modelOf(framesOf(rows.slice(at)), joiner), modelOf(framesOf(rows)), { recentOps });
      }),
      lawRuns(0.3),
    );
  });

  test('holds the whole list of inodes, and sections only of those asked for', () => {
    fc.assert(
      fc.property(anyStream({ losses: false }), fc.constantFrom(...inodes), (rows, inode) => {
        const model = modelOf(framesOf(rows)),
          part = modelOf(decoded(snapshot(model, { inodes: [inode] })));
        for (const file of model.files.all()) expect(part.files.find(file.inode)?.pathText).toBe(file.pathText);
        for (const file of part.files.all())
          if (file.inode !== inode) expect(file.data.size + file.pending.size + file.folios.size).toBe(0);
        // The rest comes when it is asked for.
        modelOf(decoded(snapshotSections(model, inodes)), part);
        expect(plainFiles(part)).toEqual(plainFiles(model));
      }),
      lawRuns(0.1),
    );
  });
});
