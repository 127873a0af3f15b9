import { MapType, NO_ADDR } from '@mapscope/shared/trace';
import { ceilTo } from '@mapscope/shared/units';
import { reportAsk } from './engine/ask.ts';
import type { Inode } from './inode.ts';
import { type Routine, settle } from './routine.ts';
import type { Session } from './session.ts';

const ROOT = 1n;
const SLASH = 0x2f;

/** Devices, then every file that exists with its map, so that the page is whole before anybody touches the mount. */
export function* publish(s: Session): Routine<void> {
  s.engine.storage.publish();
  const attributes = yield* settle(s.fs.getattr(ROOT));
  if (typeof attributes === 'number') throw new Error(`the root has no attributes: errno ${-attributes}`);
  const root = s.inodes.root(attributes),
    byPath = new Map<string, Inode>([['', root]]);
  for (const file of s.fs.files?.() ?? []) {
    if (file.node === ROOT) continue;
    const cut = file.path.lastIndexOf(SLASH),
      parent = byPath.get(textOf(file.path.subarray(0, Math.max(0, cut))));
    if (!parent) throw new Error(`${textOf(file.path)} was listed before its directory`);
    const inode = s.inodes.seen(file, parent, file.path.subarray(cut + 1), false);
    if (inode.isDirectory) byPath.set(textOf(file.path), inode);
    else if (inode.isRegular && inode.size > 0n) yield* tellMap(s, inode, 0n, ceilTo(inode.size, BigInt(s.fs.blockSize)));
  }
  s.report.flush(true);
}

const textOf = (path: Uint8Array): string => Buffer.from(path).toString('latin1');

/**
 * Say the data map of a file from `from` on, its holes up to `to`, until it is enough. Answers where to go on, or undefined: that was all.
 * An errno ends it: the rest stays as it was known.
 */
export function* tellMap(
  s: Session,
  inode: Inode,
  from: bigint,
  to: bigint,
  isEnough: () => boolean = () => false,
): Routine<bigint | undefined> {
  if (!s.fs.mapOf) return yield* s.engine.walk(inode, 0, from, to, reportAsk(0), isEnough);
  let at = from;
  const hole = (end: bigint): void => {
    if (at < end)
      s.engine.evidence.reported(inode, 0, { offset: at, length: end - at, addr: NO_ADDR, type: MapType.HOLE, flags: 0, dev: 0 });
  };
  for (const m of s.fs.mapOf(inode.node, from)) {
    hole(m.offset);
    s.engine.evidence.reported(inode, 0, m);
    at = m.offset + m.length;
    if (isEnough()) return at;
  }
  hole(to);
  return undefined;
}
