import { modelAt } from '@mapscope/shared/model';
import { type BlockEntry, BlockType, EntryCounter, meanings, type Recording, type RecordingHeader } from '@mapscope/shared/trace';
import { type Flaw, utf8Text } from '@mapscope/shared/units';
import type { RecordingFile, Recordings, Unread } from './recordings.ts';

export interface DeviceFacts {
  readonly device: number;
  readonly path: string;
  /** Bytes. */
  readonly size: bigint;
}

/** What is in a recording, its keyframes not counted: they say again what the rows said. */
export interface RecordingFacts {
  /** Of the format; of several segments the newest. */
  readonly version: number;
  readonly header: RecordingHeader;
  readonly span: Recording['span'];
  readonly segments: number;
  /** Every one of them was ended, and its index is whole. */
  readonly isEnded: boolean;
  readonly bytes: number;
  readonly rows: number;
  /** Rows by the name of their kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Different inodes that anything is said of. */
  readonly inodes: number;
  readonly devices: readonly DeviceFacts[];
  /** Rows that sources lost, and that came late, up to its end. */
  readonly lost: bigint;
  readonly late: bigint;
  /** Where bytes are not what was written. */
  readonly flaws: readonly (Flaw & { readonly file: string })[];
  readonly unread: readonly Unread[];
}

/** Reads everything once: what the index says is believed, whether the bytes are right is not. */
export async function factsOf({ files, unread, span }: Recordings): Promise<RecordingFacts> {
  const kinds = new Map<number, number>(),
    inodes = new Set<number>(),
    flaws: (Flaw & { file: string })[] = [],
    first = files[0]!.recording,
    last = files.at(-1)!.recording;
  let rows = 0;
  for (const file of files) {
    for (const flaw of file.recording.flaws) flaws.push({ file: file.name, ...flaw });
    for (const entry of file.recording.entries) {
      const damage = await file.recording.check(entry);
      // One whose header is gone was found when the file was opened.
      if (!entry.damage) for (const flaw of damage) flaws.push({ file: file.name, ...flaw });
      const said = await saidBy(file, entry, damage.length > 0);
      for (const inode of said.inodes ?? []) if (inode !== 0) inodes.add(inode);
      if (entry.type !== BlockType.events) continue;
      rows += entry.rows;
      said.counts?.forEach((n, kind) => n > 0 && kinds.set(kind, (kinds.get(kind) ?? 0) + n));
    }
  }
  const { model } = await modelAt(last, last.span?.until ?? 0n, { inodes: [] });
  return {
    version: Math.max(...files.map(({ recording }) => recording.version)),
    header: first.header,
    span,
    segments: files.length,
    isEnded: files.every(({ recording }) => recording.isWhole),
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    rows,
    kinds: Object.fromEntries([...kinds].sort(([a], [b]) => a - b).map(([kind, n]) => [nameOf(kind), n])),
    inodes: inodes.size,
    devices: [...model.devices.values()].map(({ device, path, size }) => ({ device, path: utf8Text(path), size })),
    lost: model.lost,
    late: model.late,
    flaws,
    unread,
  };
}

const nameOf = (kind: number): string => (meanings as Readonly<Record<number, { name: string }>>)[kind]?.name ?? `kind ${kind}`;

/** Kinds and inodes of a block: from the index, or else from its rows. */
async function saidBy({ recording }: RecordingFile, entry: BlockEntry, isDamaged: boolean): Promise<Pick<BlockEntry, 'counts' | 'inodes'>> {
  if (isDamaged || (entry.counts && entry.inodes)) return entry;
  const counter = new EntryCounter();
  for (const frame of (await recording.content(entry)).frames) counter.add(frame);
  return counter.entry(entry.type, entry.continues, entry.at, entry.size);
}
