import type { Inode, Traits } from './inode.ts';
import { parseLayout, printLayout } from './layout.ts';

/**
 * The metadata vocabulary. All that is durable of the filesystem is what these changes, applied in order to an empty one, leave: the
 * running filesystem, the replay of a log and a checkpoint walk the same `Volume.apply`. Plain JSON, so that the log can be read with
 * `less`: 64-bit values are decimal strings, names are one character a byte, bytes are base64.
 */
export type Change =
  /** A new inode, without a name yet. `target` of a symlink. */
  | {
      readonly do: 'make';
      readonly ino: number;
      readonly generation: number;
      readonly rdev?: number;
      readonly target?: string;
      readonly traits: SavedTraits;
    }
  | { readonly do: 'set'; readonly ino: number; readonly traits: SavedTraits }
  /** An inode that has no name any more, and all that it held. */
  | { readonly do: 'drop'; readonly ino: number }
  | { readonly do: 'enter'; readonly dir: number; readonly name: string; readonly ino: number }
  | { readonly do: 'leave'; readonly dir: number; readonly name: string }
  /** Blocks [from, to) of the file, until now a hole, get these of the device: UNWRITTEN, or MAPPED where `written`. */
  | {
      readonly do: 'map';
      readonly ino: number;
      readonly from: number;
      readonly to: number;
      readonly device: number;
      readonly at: number;
      readonly written?: true;
    }
  /** The blocks that [from, to) has go back. */
  | { readonly do: 'unmap'; readonly ino: number; readonly from: number; readonly to: number }
  /** UNWRITTEN becomes MAPPED, and back. */
  | { readonly do: 'written'; readonly ino: number; readonly from: number; readonly to: number }
  | { readonly do: 'unwritten'; readonly ino: number; readonly from: number; readonly to: number }
  /** All bytes of a tiny file; left out, it keeps none any more. */
  | { readonly do: 'inline'; readonly ino: number; readonly bytes?: string }
  /** Left out `value` removes. */
  | { readonly do: 'xattr'; readonly ino: number; readonly name: string; readonly value?: string }
  /** Generations up to this one have been given. */
  | { readonly do: 'count'; readonly generation: number };

export interface SavedTraits {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: string;
  readonly times: readonly [atimeNs: string, mtimeNs: string, ctimeNs: string];
  readonly layout: string;
}

export const saveTraits = (t: Traits): SavedTraits => ({
  mode: t.mode,
  uid: t.uid,
  gid: t.gid,
  size: String(t.size),
  times: [String(t.atimeNs), String(t.mtimeNs), String(t.ctimeNs)],
  layout: printLayout(t.layout),
});

/** Throws where the layout is not one of this volume: metadata of another version, or damaged. */
export function loadTraits(saved: SavedTraits, blockSize: number, devices: number): Traits {
  const layout = parseLayout(saved.layout, blockSize, devices);
  if (!layout) throw new Error(`no such layout: ${saved.layout}`);
  const { mode, uid, gid, size, times } = saved;
  return { mode, uid, gid, size: BigInt(size), atimeNs: BigInt(times[0]), mtimeNs: BigInt(times[1]), ctimeNs: BigInt(times[2]), layout };
}

export const saveBytes = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
export const loadBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/** The shortest list of changes that rebuilds an inode's body; names of directories come after all inodes were made. */
export function* changesOf(inode: Inode): Generator<Change> {
  const { ino, generation, rdev, body } = inode;
  const target = body.kind === 'symlink' ? saveBytes(body.target) : undefined;
  yield { do: 'make', ino, generation, ...(rdev !== 0 && { rdev }), ...(target !== undefined && { target }), traits: saveTraits(inode) };
  for (const [name, value] of inode.xattrs) yield { do: 'xattr', ino, name, value: saveBytes(value) };
  if (body.kind !== 'file') return;
  if (body.inline) yield { do: 'inline', ino, bytes: saveBytes(body.inline) };
  for (const { from, to, value } of body.map)
    yield { do: 'map', ino, from, to, device: value.device, at: value.at, ...(!value.unwritten && { written: true as const }) };
}
