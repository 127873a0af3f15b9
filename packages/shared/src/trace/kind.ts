/**
 * The vocabulary. Every event is one row of the columns in `columns.ts`; a kind says what the columns mean.
 * A new kind is a new number at the end: numbers are in recordings and never change.
 */
export const Kind = {
  /** Never stored. */
  none: 0,
  device: 1,
  inode: 2,
  inodeGone: 3,
  opBegin: 4,
  opReply: 5,
  opEnd: 6,
  mapping: 7,
  extent: 8,
  layout: 9,
  strip: 10,
  folio: 11,
  io: 12,
  message: 13,
  violation: 14,
  mark: 15,
  lost: 16,
  late: 17,
  gap: 18,
  keyframe: 19,
  /** What a source can tell and where it ends: shown in the header and the empty state. Heap: text. */
  source: 20,
  /** A range of a map is from now on what another range was: clone, dedupe, collapse, insert. */
  remap: 21,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Who says so. A number in the `source` column and the top four bits of `op`, so that ids of two sources never meet. */
export const SourceId = {
  unknown: 0,
  fuse: 1,
  relay: 2,
  tracefs: 3,
  fiemap: 4,
  fsmap: 5,
  pagecache: 6,
  famfs: 7,
  import: 8,
  workload: 9,
  user: 10,
  hub: 11,
  collector: 12,
} as const;
export type SourceId = (typeof SourceId)[keyof typeof SourceId];

/** Ids of ops are local to a stream and carry their source in the top four bits; 0 is "no op". */
export const opId = (source: SourceId, n: number): number => ((source << 28) | (n & 0x0fff_ffff)) >>> 0;

/** How a claim is known. `unknown` is drawn as unknown, never guessed. */
export const How = { unknown: 0, reported: 1, observed: 2, derived: 3 } as const;
export type How = (typeof How)[keyof typeof How];

/** How several things that are drawn as one are known: not at all where one is not, else as the one that is furthest from having been asked for. */
export const weakest = (a: number, b: number): number => (a === How.unknown || b === How.unknown ? How.unknown : Math.max(a, b));

/** `type` column of opBegin/opReply/opEnd. */
export const OpType = {
  request: 1,
  iomap: 2,
  fault: 3,
  writeback: 4,
  direct: 5,
  /** Space of the file is given, taken or moved: the kind is a `Change` in `flags`. */
  change: 6,
} as const;
export type OpType = (typeof OpType)[keyof typeof OpType];

/** `flags` column of an op of type change. */
export const Change = {
  truncate: 1,
  allocate: 2,
  punch: 3,
  zero: 4,
  collapse: 5,
  insert: 6,
  unshare: 7,
  /** Clone or dedupe: a range of another file is shared. */
  share: 8,
  /** Two files exchange ranges. */
  exchange: 9,
} as const;
export type Change = (typeof Change)[keyof typeof Change];

/** `role` column of ops: who asked. */
export const Asker = { kernel: 1, engine: 2, mapscope: 3 } as const;
export type Asker = (typeof Asker)[keyof typeof Asker];

/** `role` column of a mapping. */
export const MappingRole = { read: 1, write: 2, source: 3, destination: 4, usedByEnd: 5, report: 6 } as const;
export type MappingRole = (typeof MappingRole)[keyof typeof MappingRole];

/** `role` column of an extent: which of the two maps of a file it changes. */
export const MapLayer = { data: 1, pending: 2 } as const;
export type MapLayer = (typeof MapLayer)[keyof typeof MapLayer];

/** `result` column of an extent row: which part of its range it is about, by what the map says of it. */
export const Where = {
  everywhere: 0,
  /** Where nothing is known: an observation that may be older than what was told since. */
  unknown: 1,
  /** Where place or type differ: flags were not told, so they stay where the rest is the same. */
  different: 2,
  /** Where there is a hole, or nothing is known. */
  hole: 3,
  /** Where it is UNWRITTEN: the type changes, the place stays. */
  unwritten: 4,
  /** Where it lies in that very place: the flags change, the type stays. */
  same: 5,
} as const;
export type Where = (typeof Where)[keyof typeof Where];

/** Mapping types as on the wire (spec 2.1), and what only our model says. */
export const MapType = {
  HOLE: 0,
  DELALLOC: 1,
  MAPPED: 2,
  UNWRITTEN: 3,
  INLINE: 4,
  PURE_OVERWRITE: 255,
  /** Model only: nothing is known of this range. */
  UNKNOWN: 0x100,
} as const;
export type MapType = (typeof MapType)[keyof typeof MapType];

/** `type` column of a folio row: what became so of [offset, offset + length). */
export const FolioState = {
  /** A folio of order `flags & 0xff` entered the cache (not uptodate). */
  added: 1,
  /** The folios in the range left the cache. */
  removed: 2,
  uptodate: 3,
  dirty: 4,
  writeback: 5,
  /** Clean and uptodate. */
  clean: 6,
  /** A failed writeback dropped these bytes; `errno` says why. */
  failed: 7,
  /** Dirty only because its folio is: block state inside it is not known. */
  folioDirty: 8,
  /** Rows that may have been about this range were lost. */
  unknown: 9,
  /** Writeback took the folio: nothing of it is dirty any more. The runs of it that are written are told one by one. */
  taken: 10,
  /** Writeback took what was dirty in this range, and writes it. */
  submitted: 11,
  /** The folio was split: the part in this range is a folio of the order told. Its state stays. */
  split: 12,
  /** What was under writeback in this range is not any more, and went well. */
  written: 13,
  /** What was dirty in this range may have been written back: it is unknown whether it is dirty. */
  doubted: 14,
} as const;
export type FolioState = (typeof FolioState)[keyof typeof FolioState];

/** Bits of `flags` in a folio row; the order is in the low eight. */
export const FolioFlag = {
  /** The low eight bits are an order. An `added` row always has one. */
  order: 0x100,
} as const;

/** `role` column of a message row: which bytes it has. */
export const MessagePart = {
  request: 1,
  reply: 2,
  /** What stood behind the header of a reply: a file that somebody kept has no more. */
  replyBody: 3,
} as const;
export type MessagePart = (typeof MessagePart)[keyof typeof MessagePart];

/** `role` column of io. */
export const IoStage = { submit: 1, done: 2 } as const;
export type IoStage = (typeof IoStage)[keyof typeof IoStage];

/**
 * `role` column of an inode row: the very first row about this inode, or not (also: not sure). After a loss a reader believes
 * only of the first kind that there was nothing about the inode to lose.
 */
export const Introduction = { again: 0, first: 1 } as const;
export type Introduction = (typeof Introduction)[keyof typeof Introduction];

/** `role` column of a keyframe row. */
export const KeyframeEdge = { begin: 1, end: 2 } as const;
export type KeyframeEdge = (typeof KeyframeEdge)[keyof typeof KeyframeEdge];

/** `type` column of a keyframe row with inode 0: what stands between the edges. */
export const KeyframePart = {
  /** Everything but the sections. It begins by forgetting all. */
  everything: 0,
  /** The same without the list of inodes, which a recording keeps apart: most of it is as it was. */
  allButInodes: 1,
  /** The list of inodes, or what changed in it. */
  inodes: 2,
} as const;
export type KeyframePart = (typeof KeyframePart)[keyof typeof KeyframePart];

/** `role` column of an inode-gone row. */
export const Departure = {
  gone: 0,
  /** In a list of inodes: it is no longer listed, gone too long ago or never named. */
  forgotten: 1,
  /** It went without a name, or had none in time: it lies outside of what is watched, or was there too shortly to be found. */
  nameless: 2,
} as const;
export type Departure = (typeof Departure)[keyof typeof Departure];

/** Bits of `flags` in an opEnd row. */
export const EndFlag = {
  /** Of an iomap op: an `iomap_end` was really sent (spec 4.2); without it the op-end only says that the op is over. */
  sent: 1,
  /** Of an iomap op: the map changed between begin and end. */
  stale: 2,
  /** It must be over, since its task does something else; when it ended nobody saw. Above the VM_FAULT bits of a DAX fault. */
  unseen: 0x4000_0000,
} as const;
