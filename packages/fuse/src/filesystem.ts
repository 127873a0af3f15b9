/**
 * What a filesystem written for the binding implements, once: the namespace, and `iomapBegin`/`iomapEnd`. On a kernel with the
 * iomap upcalls the session passes them through; on any other the iomap engine plays the kernel's part with the same methods.
 *
 * A method answers a value or a negative errno (`-Errno.ENOENT`); a promise of either is fine where a server must wait.
 * What is left out is answered ENOSYS. Offsets and lengths are bytes, times nanoseconds since 1970.
 *
 * Data requests of one node (read, write, truncate, fallocate, fsync) reach the filesystem one after another, never side by side.
 */
export type Answer<T> = T | number | Promise<T | number>;
/** Success without a value is 0. */
export type Done = number | Promise<number>;

/** Who asked: from `fuse_in_header`. pid is 0 for the kernel's own writeback. */
export interface Caller {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** `struct fuse_attr` (uapi linux/fuse.h) without its padding; `ino` is what tracepoints print. */
export interface Attributes {
  readonly ino: bigint;
  readonly size: bigint;
  /** 512-byte units really allocated. */
  readonly blocks: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly blockSize: number;
}

/** A looked-up child. `node` is the nodeid: the root is 1n, never 0n. */
export interface Entry {
  readonly node: bigint;
  readonly generation: bigint;
  readonly attributes: Attributes;
}

export interface DirectoryEntry {
  readonly name: Uint8Array;
  readonly ino: bigint;
  /** DT_ value, `mode >> 12`. */
  readonly type: number;
  /** Cookie of the next entry, never 0. */
  readonly next: bigint;
  /** Only for readdirplus; "." and ".." have none. */
  readonly entry?: Entry;
}

export interface Changes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: bigint;
  /** Nanoseconds, or 'now'. */
  readonly atimeNs?: bigint | 'now';
  readonly mtimeNs?: bigint | 'now';
  readonly ctimeNs?: bigint;
}

/** `struct fuse_iomap_io` as the filesystem fills it; type and flags are the wire's numbers (spec/protocol.md 2.1, 2.2). */
export interface Mapping {
  readonly offset: bigint;
  readonly length: bigint;
  /** 2^64 - 1 where there is none. */
  readonly addr: bigint;
  readonly type: number;
  readonly flags: number;
  /** Device cookie, from 1; 0 is none. */
  readonly dev: number;
}

export interface Begin {
  readonly node: bigint;
  readonly ino: bigint;
  readonly pos: bigint;
  readonly count: bigint;
  /** IOMAP_OP bits, spec/protocol.md 2.3. */
  readonly opflags: number;
  readonly caller: Caller;
}

/** `write` left out means PURE_OVERWRITE: the read mapping is the one to write. */
export interface BeginReply {
  readonly read: Mapping;
  readonly write?: Mapping;
}

export interface End extends Begin {
  /** Bytes done from pos, or a negative errno. */
  readonly written: bigint;
  readonly map: Mapping;
}

/** One strip of an interleaved extent, or a simple extent: a place on a device. */
export interface Place {
  /** Index into `devices()`, from 0: famfs counts so. Not the cookie of a mapping. */
  readonly devindex: number;
  readonly offset: bigint;
  readonly length: bigint;
}

/** famfs fmap of a file (spec/protocol.md 1.3, 3): what GET_FMAP answers. */
export interface FileMap {
  readonly fileSize: bigint;
  readonly extents: readonly (
    | ({ readonly kind: 'simple' } & Place)
    | {
        readonly kind: 'interleaved';
        /** First file byte, where that is not the end of the extent before: a file of ours may have holes of whole rows, famfs's may not. */
        readonly fileOffset?: bigint;
        readonly chunkSize: number;
        readonly nbytes: bigint;
        readonly strips: readonly Place[];
      }
  )[];
}

export interface DeviceInfo {
  /** Cookie in mappings, from 1. */
  readonly cookie: number;
  /** A path that can be opened: the image file or block device. */
  readonly path: string;
  readonly size: bigint;
  /** An open descriptor that the engine reads and writes; never of a file on a mount of ours. */
  readonly fd: number;
  readonly blockSize: number;
}

export interface Statfs {
  readonly blocks: bigint;
  readonly free: bigint;
  readonly available: bigint;
  readonly files: bigint;
  readonly filesFree: bigint;
  readonly blockSize: number;
  readonly nameLength: number;
}

/** A file that exists before anybody looked it up: published at the start, so that its map is known. */
export interface ListedFile extends Entry {
  /** Relative to the mount, no leading slash; the root is empty. */
  readonly path: Uint8Array;
}

export interface Filesystem {
  readonly blockSize: number;
  /** Largest file size, bytes: rule E_MAXBYTES. */
  readonly maxBytes: bigint;
  devices(): readonly DeviceInfo[];

  lookup(parent: bigint, name: Uint8Array, caller: Caller): Answer<Entry>;
  /** The kernel's last reference is gone (the session counts them): what has no name any more can go. `lookups` is that of the last message. */
  forget(node: bigint, lookups: bigint): void;
  getattr(node: bigint): Answer<Attributes>;
  /** Size changes arrive here after the engine has zeroed the edge block; reservations past the new size are the filesystem's to drop. */
  setattr(node: bigint, changes: Changes, caller: Caller): Answer<Attributes>;
  readdir(node: bigint, cookie: bigint, plus: boolean): Answer<Iterable<DirectoryEntry>>;
  mkdir(parent: bigint, name: Uint8Array, mode: number, caller: Caller): Answer<Entry>;
  mknod(parent: bigint, name: Uint8Array, mode: number, rdev: number, caller: Caller): Answer<Entry>;
  /** Regular file, made and (by the session) opened. */
  create(parent: bigint, name: Uint8Array, mode: number, caller: Caller): Answer<Entry>;
  unlink(parent: bigint, name: Uint8Array): Done;
  rmdir(parent: bigint, name: Uint8Array): Done;
  /** `flags`: of `Rename2Flag`. */
  rename(parent: bigint, name: Uint8Array, newParent: bigint, newName: Uint8Array, flags: number): Done;
  symlink(parent: bigint, name: Uint8Array, target: Uint8Array, caller: Caller): Answer<Entry>;
  readlink(node: bigint): Answer<Uint8Array>;
  link(node: bigint, newParent: bigint, newName: Uint8Array): Answer<Entry>;
  statfs(): Answer<Statfs>;
  getxattr?(node: bigint, name: Uint8Array): Answer<Uint8Array>;
  setxattr?(node: bigint, name: Uint8Array, value: Uint8Array, flags: number): Done;
  listxattr?(node: bigint): Answer<readonly Uint8Array[]>;
  removexattr?(node: bigint, name: Uint8Array): Done;

  /** Last close of the file (the open count is the session's). */
  released?(node: bigint): void;
  /** Data was written to the devices already; sync them and make the metadata durable. */
  fsync(node: bigint, dataOnly: boolean): Done;
  destroy(): void;

  /**
   * Begins with WRITEBACK or DIRECT must be answered with a place; DELALLOC is for plain WRITE. A begin whose target is UNWRITTEN or
   * carries NEW gets whole blocks, padded with zeroes, so a conversion may work by blocks.
   */
  iomapBegin(begin: Begin): Answer<BeginReply>;
  /**
   * Left out: ENOSYS, and never asked again. Sent when spec/protocol.md 4.2 says so: a mapping that must be converted after its write
   * sets WANT_IOMAP_END. An errno fails the write-like step it ends. As in the kernel, ZERO over a HOLE or UNWRITTEN passes over it
   * and still says all of it is done: such an end converts nothing.
   */
  iomapEnd?(end: End): Done;
  /**
   * FALLOC_FL bits: 0, KEEP_SIZE 1, PUNCH_HOLE 2, ZERO_RANGE 0x10. Edges of punch and zero are zeroed by the engine first, the range
   * is passed unrounded. Without KEEP_SIZE the filesystem grows the size to offset + length.
   */
  fallocate?(node: bigint, mode: number, offset: bigint, length: bigint): Done;
  /** Bytes kept with the inode; only for ranges answered INLINE. */
  readInline?(node: bigint, pos: bigint, into: Uint8Array): number;
  writeInline?(node: bigint, pos: bigint, data: Uint8Array): number;
  /**
   * Blocks whose mapping changed since this was last asked and of which no reply, end or request spoke (inline bytes moved to a block
   * and back, the rest of a row of strips, space preallocated past the end): asked after every op on the node, and published by REPORT
   * begins over it.
   */
  takeChanged?(node: bigint): { readonly offset: bigint; readonly length: bigint } | undefined;
  /** A famfs-style layout, where the file has one: published as layout and strip rows. */
  getFmap?(node: bigint): Answer<FileMap | undefined>;
  /** A write ended at `size`, past the size before: called after its iomapEnd; attributes follow. */
  extended?(node: bigint, size: bigint): void;

  /** Every file and directory, parents first: the session publishes them when it starts. */
  files?(): Iterable<ListedFile>;
  /**
   * Every mapping of a file from the one that holds `from` on, in order of offset; holes may be left out. It is walked while nothing else is
   * asked. Left out altogether: asked with REPORT begins.
   */
  mapOf?(node: bigint, from: bigint): Iterable<Mapping>;
}
