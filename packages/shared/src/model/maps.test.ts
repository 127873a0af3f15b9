import fc from 'fast-check';
import { describe, test, vi } from 'vitest';
import { Kind, MapLayer, MapType } from '../trace/index.ts';
import { DenseExtents } from '../fixtures/dense.ts';
import { alike } from '../fixtures/alike.ts';
import { drawn } from '../fixtures/claims.ts';
import { type EventRow, framesOf } from '../fixtures/rows.ts';
import { lawMs, lawRuns } from '../fixtures/runs.ts';
import { anyStream } from '../fixtures/streams.ts';
import { BLOCK, BLOCKS, inodes } from '../fixtures/world.ts';
import { createModel, type Model } from './model.ts';
import { OpState } from './op.ts';
import { reduce } from './reduce.ts';

vi.setConfig({ testTimeout: lawMs() });

const stream = anyStream({ losses: false, gone: false, where: false });
const layers = ['data', 'pending'] as const;

function modelOf(rows: readonly EventRow[]): Model {
  const model = createModel();
  for (const frame of framesOf(rows)) reduce(model, frame);
  return model;
}

describe('the maps of a file', () => {
  test('law of extents: data map and pending map say what one entry a block says', () => {
    fc.assert(
      fc.property(stream, (all) => {
        const rows = all.filter(({ kind }) => kind !== Kind.remap),
          model = modelOf(rows);
        for (const inode of inodes)
          for (const layer of layers) {
            const dense = denseOf(rows.filter((row) => row.inode === inode && row.kind === Kind.extent && row.role === MapLayer[layer]));
            alike(model.files.find(inode)?.[layer].list() ?? [], dense.runs(), () => drawn(model));
          }
      }),
      lawRuns(),
    );
  });

  test('law of the sequence: an op says that the map changed exactly if a row between its begin and its end changed it that is not its own', () => {
    fc.assert(
      fc.property(stream, (rows) => {
        const model = modelOf(rows),
          { ops } = model,
          lives = livesOf(rows);
        const told = [...ops.endedSlots(), ...ops.openSlots()].map((slot) => [
          ops.at(slot).op,
          (ops.at(slot).state & OpState.mapChanged) !== 0,
        ]);
        alike(
          told,
          lives.map((life) => [life.op, isChanged(rows, life)]),
          () => drawn(model),
        );
      }),
      lawRuns(),
    );
  });
});

function denseOf(rows: readonly EventRow[]): DenseExtents {
  const dense = new DenseExtents(BLOCKS, BLOCK);
  for (const row of rows) {
    const from = Number(row.offset! / BLOCK),
      to = from + Number(row.length! / BLOCK);
    // Nothing is pending where a hole is told.
    if (row.role === MapLayer.pending && row.type === MapType.HOLE) dense.clear(from, to);
    else
      dense.paint(from, to, {
        addr: row.addr!,
        device: row.device!,
        type: row.type as MapType,
        flags: row.flags!,
        how: row.how as 1,
        op: row.op!,
        since: row.time,
      });
  }
  return dense;
}

/** An op between two rows. */
interface Life {
  readonly op: number;
  readonly inode: number;
  /** Its row; undefined: it began earlier. */
  readonly begin: number | undefined;
  end: number;
}

/** Those that ended, in the order of their end, then those that are open, in the order of their begin. */
function livesOf(rows: readonly EventRow[]): Life[] {
  const open = new Map<number, Life>(),
    ended: Life[] = [];
  const end = (op: number, k: number): void => {
    const life = open.get(op);
    if (!life) return;
    life.end = k;
    open.delete(op);
    ended.push(life);
  };
  rows.forEach(({ kind, op, inode }, k) => {
    if (kind === Kind.opBegin) {
      end(op!, k);
      open.set(op!, { op: op!, inode: inode!, begin: k, end: rows.length });
    }
    if (kind !== Kind.opReply && kind !== Kind.opEnd) return;
    if (!open.has(op!)) open.set(op!, { op: op!, inode: inode!, begin: undefined, end: rows.length });
    if (kind === Kind.opEnd) end(op!, k);
  });
  return [...ended, ...open.values()];
}

const isChanged = (rows: readonly EventRow[], { op, inode, begin, end }: Life): boolean =>
  begin !== undefined &&
  rows.some((row, k) => k > begin && k < end && row.role !== MapLayer.pending && row.op !== op && changes(row, inode));

/** A remap that says flags changes the other file too: both share then. */
function changes(row: EventRow, inode: number): boolean {
  if (row.kind === Kind.extent) return row.inode === inode;
  return row.kind === Kind.remap && (row.inode === inode || (row.parent === inode && row.flags !== 0));
}
