import { attrOut, entryOut, openOut } from '@mapscope/shared/wire';
import type { Attributes, Entry } from './filesystem.ts';

/** Nobody else changes our filesystems, and the kernel drops what its own requests change: names may be kept for long. */
const ENTRY_VALID_S = 60n;
/** `st_blocks` changes behind the writeback cache without the kernel noticing, so attributes are asked for again. */
const ATTRIBUTES_VALID_S = 1n;
const SECOND = 1_000_000_000n;

const row = (a: Attributes) => ({
  ino: a.ino,
  size: a.size,
  blocks: a.blocks,
  atime: a.atimeNs / SECOND,
  mtime: a.mtimeNs / SECOND,
  ctime: a.ctimeNs / SECOND,
  atimensec: Number(a.atimeNs % SECOND),
  mtimensec: Number(a.mtimeNs % SECOND),
  ctimensec: Number(a.ctimeNs % SECOND),
  mode: a.mode,
  nlink: a.nlink,
  uid: a.uid,
  gid: a.gid,
  rdev: a.rdev,
  blksize: a.blockSize,
  flags: 0,
});

export const encodeAttributes = (a: Attributes): Uint8Array => attrOut.encode({ attr_valid: ATTRIBUTES_VALID_S, attr: row(a) });

const entryRow = (e: Entry) => ({
  nodeid: e.node,
  generation: e.generation,
  entry_valid: ENTRY_VALID_S,
  attr_valid: ATTRIBUTES_VALID_S,
  attr: row(e.attributes),
});

export const encodeEntry = (e: Entry): Uint8Array => entryOut.encode(entryRow(e));
export const writeEntry = (e: Entry, into: Uint8Array, at: number): void => entryOut.write(entryRow(e), into, at);

/** "There is no such name", which the kernel may remember. */
export const encodeNoEntry = (): Uint8Array => entryOut.encode({ entry_valid: ENTRY_VALID_S });

export const encodeOpen = (fh: bigint, flags: number): Uint8Array => openOut.encode({ fh, open_flags: flags });
