import { Asker } from '@mapscope/shared/trace';
import {
  daxdevOut,
  encodeFmap,
  Errno,
  FMAP_VERSION,
  InitFlag,
  INTERLEAVE,
  iomapBeginIn,
  iomapBeginOut,
  iomapEndIn,
  pureOverwrite,
  SIMPLE,
} from '@mapscope/shared/wire';
import type { FileMap } from '../filesystem.ts';
import type { Answer } from '../op.ts';
import type { Request } from '../request.ts';
import { type Routine, settle } from '../routine.ts';
import type { Session } from '../session.ts';
import { inTurn } from './in-turn.ts';

/** A kernel with fuse-iomap asks itself: the filesystem's answer goes back as it is, checked by the same rules. */
export function* begin(s: Session, q: Request): Routine<Answer> {
  const inode = s.inodes.get(q.node),
    { opflags, pos, count } = q.args(iomapBeginIn);
  if (!inode) return -Errno.ESTALE;
  return yield* inTurn(s, q, inode, function* () {
    const step = yield* settle(s.engine.upcalls.begin(inode, { ...s.askOf(q), role: Asker.kernel }, opflags, pos, count));
    if (typeof step === 'number') return step;
    s.engine.upcalls.leaveOpen(step);
    return iomapBeginOut.encode({
      read: { ...step.read },
      write: { ...(step.target === step.read ? pureOverwrite(step.read) : step.target) },
    });
  });
}

export function* end(s: Session, q: Request): Routine<Answer> {
  const inode = s.inodes.get(q.node),
    { opflags, attr_ino, pos, count, written, map } = q.args(iomapEndIn);
  if (!inode) return -Errno.ESTALE;
  return yield* inTurn(s, q, inode, () =>
    s.engine.upcalls.endByKernel(inode, { node: q.node, ino: attr_ino, pos, count, opflags, caller: q.caller, written, map }),
  );
}

/** Only where FUSE_DAX_FMAP was agreed: elsewhere 54 and 55 mean nothing (spec/protocol.md 8.17). */
const hasFmap = (s: Session): boolean => ((s.agreed?.flags ?? 0n) & InitFlag.DAX_FMAP) !== 0n && s.fs.getFmap !== undefined;

export function* getFmap(s: Session, q: Request): Routine<Answer> {
  if (!hasFmap(s)) return -Errno.ENOSYS;
  const map = yield* settle(s.fs.getFmap!(q.node));
  return typeof map === 'number' ? map : map === undefined ? -Errno.EOPNOTSUPP : fmapOf(map);
}

/** One kind of extent a message. */
function fmapOf({ fileSize, extents }: FileMap): Answer {
  const strip = (p: { devindex: number; offset: bigint; length: bigint }) => ({
    se_devindex: p.devindex,
    se_offset: p.offset,
    se_len: p.length,
  });
  const isStriped = extents.some(({ kind }) => kind === 'interleaved');
  if (isStriped && extents.some(({ kind }) => kind === 'simple')) return -Errno.EOPNOTSUPP;
  return encodeFmap({
    header: { fmap_version: FMAP_VERSION, ext_type: isStriped ? INTERLEAVE : SIMPLE, nextents: extents.length, file_size: fileSize },
    extents: extents.map((extent) =>
      extent.kind === 'simple'
        ? strip(extent)
        : { ie_chunk_size: extent.chunkSize, ie_nbytes: extent.nbytes, strips: extent.strips.map((place) => strip(place)) },
    ),
  });
}

/** The index travels as nodeid (spec/protocol.md 2.4). famfs counts devices from 0, iomap cookies from 1. */
export function getDaxdev(s: Session, q: Request): Answer {
  if (!hasFmap(s)) return -Errno.ENOSYS;
  const index = Number(q.node),
    device = s.fs.devices().find((d) => d.cookie === index + 1);
  if (!device) return -Errno.ENODEV;
  return daxdevOut.encode({ index, name: Buffer.from(`${device.path}\0`) });
}
