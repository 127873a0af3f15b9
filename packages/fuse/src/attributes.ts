import { attrOut, entryOut, openOut } from '@mapscope/shared/wire';
import type { Attributes, Entry } from './filesystem.ts';

/** Nobody else changes our filesystems, and the kernel drops what its own requests change: names may be kept for long. */
const ENTRY_VALID_S = 60n;
/** `st_blocks` changes behind the writeback cache without the kernel noticing, so attributes are asked for again. */
const ATTRIBUTES_VALID_S = 1n;
const SECOND = 1_000_000_000n;

/** Of the second that a time lies in: before 1970 too they count forward. */
const nanoseconds = (ns: bigint): number => Number(((ns % SECOND) + SECOND) % SECOND);
const seconds = (ns: bigint): bigint => (ns - BigInt(nanoseconds(ns))) / SECOND;

const row = (a: Attributes) => ({
  ino: a.ino,
  size: a.size,
  blocks: a.blocks,
  atime: seconds(a.atimeNs),
  mtime: seconds(a.mtimeNs),
  ctime: seconds(a.ctimeNs),
  atimensec: nanoseconds(a.atimeNs),
  mtimensec: nanoseconds(a.mtimeNs),
  ctimensec: nanoseconds(a.ctimeNs),
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
