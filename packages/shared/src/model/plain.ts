import type { ExtentMap } from './extents.ts';
import type { FileState } from './file-state.ts';
import type { FolioMap } from './folios.ts';
import type { Model } from './model.ts';

export interface PlainOptions {
  /** Ended ops and I/Os, the newest so many; all that are kept if left out. */
  readonly recentOps?: number;
}

/** JSON-like: strings for bytes and bigints' own type; keys and lists in one order whatever way the model was built. */
export type Plain = null | boolean | number | bigint | string | readonly Plain[] | { readonly [key: string]: Plain };

/**
 * Everything a model says, as a value: two models are the same exactly if these are deeply equal. Left out is what belongs to
 * the copy and not to the stream: versions, flashes, rows counted.
 */
export function plain(model: Model, options: PlainOptions = {}): Plain {
  const recent = options.recentOps;
  const op = (slot: number): Plain => value(model.ops.at(slot));
  const io = (slot: number): Plain => value(model.ios.at(slot));
  return {
    until: model.until,
    lost: model.lost,
    late: model.late,
    skipped: model.skipped,
    devices: sorted(model.devices).map(value),
    sources: sorted(model.sources).map(value),
    marks: model.marks.list().map(value),
    losses: model.losses.list().map(value),
    violations: model.violations.list().map(value),
    messages: model.messages.list().map(value),
    openOps: [...model.ops.openSlots()].map(op),
    endedOps: model.ops.endedSlots(recent).map(op),
    endedOpsTotal: model.ops.endedTotal,
    openIos: [...model.ios.openSlots()].map(io),
    endedIos: model.ios.endedSlots(recent).map(io),
    gone: [...model.files.gone()],
    files: plainFiles(model),
  };
}

/** The part of `plain` that is about files: what does not depend on the order of events of different inodes. */
export function plainFiles(model: Model): Plain {
  return [...model.files.all()].sort((a, b) => a.inode - b.inode).map(plainFile);
}

const plainFile = (file: FileState): Plain => ({
  inode: file.inode,
  introduced: file.introduced,
  gone: file.gone,
  since: file.since,
  how: file.how,
  source: file.source,
  path: value(file.path),
  ino: file.ino,
  size: file.size,
  generation: file.generation,
  root: file.root,
  device: file.device,
  blockSize: file.blockSize,
  mode: file.mode,
  data: plainRuns(file.data),
  pending: plainRuns(file.pending),
  folios: plainRuns(file.folios),
  layouts: value(file.layouts.list()),
});

export const plainRuns = (map: ExtentMap | FolioMap): Plain => value(map.list());

const sorted = <T>(map: ReadonlyMap<number, T>): T[] => [...map].sort(([a], [b]) => a - b).map(([, item]) => item);

function value(it: unknown): Plain {
  if (typeof it !== 'object' || it === null) return (it ?? null) as Plain;
  if (it instanceof Uint8Array) return [...it].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (Array.isArray(it)) return it.map(value);
  const out = { ...it } as Record<string, unknown>;
  for (const key in out) if (typeof out[key] === 'object' || out[key] === undefined) out[key] = value(out[key]);
  return out as Plain;
}
