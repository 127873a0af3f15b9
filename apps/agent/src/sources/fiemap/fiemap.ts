import { fiemap as askFiemap } from '@mapscope/native';
import { isFlaw, U64_MAX } from '@mapscope/shared/units';
import { fiemap, fiemapExtent, FiemapFlag } from '@mapscope/shared/wire';

/** One record of FIEMAP, in bytes. */
export interface FileExtent {
  readonly offset: bigint;
  readonly length: bigint;
  /** On the device the filesystem sits on; without meaning where `flags` say UNKNOWN. */
  readonly addr: bigint;
  /** `fiemapFlags`. */
  readonly flags: number;
}

/** Records asked for at a time. */
const AT_ONCE = 2048;
/** FIEMAP_FLAG_SYNC: write the file back first, so that nothing is delayed. It changes what it looks at. */
const SYNC = 1;

/**
 * Where the bytes of an open file are, in order: a snapshot that may be old on return. Holes have no record. Answers a negative errno where the
 * filesystem has no FIEMAP (EOPNOTSUPP) or is asked in vain. Fact: spec/protocol.md 7.2.
 */
export function fiemapOf(fd: number, { sync = false, atOnce = AT_ONCE } = {}): FileExtent[] | number {
  const extents: FileExtent[] = [];
  for (let start = 0n; ;) {
    const answer = askFiemap(fd, start, U64_MAX - start, sync ? SYNC : 0, atOnce);
    if (typeof answer === 'number') return answer;
    const found = readExtents(answer);
    for (const extent of found) if (extent.offset >= start) extents.push(extent);
    const last = found.at(-1);
    if (!last || (last.flags & FiemapFlag.LAST) !== 0) return extents;
    const next = last.offset + last.length;
    // A filesystem that says the same again would keep us here for ever.
    if (next <= start || next > U64_MAX) return extents;
    start = next;
  }
}

function readExtents(answer: Uint8Array): FileExtent[] {
  const extents: FileExtent[] = [];
  for (let at = fiemap.size; ; at += fiemapExtent.size) {
    const record = fiemapExtent.read(answer, at);
    if (isFlaw(record)) return extents;
    extents.push({ offset: record.fe_logical, length: record.fe_length, addr: record.fe_physical, flags: record.fe_flags });
  }
}
