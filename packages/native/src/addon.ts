/** A result as the kernel gives it: >= 0, or a negative errno. */
export type Result = number;
/** Two descriptors, or a negative errno. */
export type Pair = readonly [number, number];

/** What `build/mapscope.node` exports. Only the files of this room call it: it checks nothing but array bounds. */
export interface Addon {
  receive(fd: number, into: Uint8Array): Result;
  reply(fd: number, head: Uint8Array, body?: Uint8Array): Result;
  read(fd: number, into: Uint8Array, from: number, to: number): Result;
  write(fd: number, bytes: Uint8Array, from: number): Result;
  pread(fd: number, into: Uint8Array, intoFrom: number, length: number, at: bigint): Result;
  pwrite(fd: number, bytes: Uint8Array, bytesFrom: number, length: number, at: bigint): Result;
  poll(fds: Int32Array, events: Int16Array, revents: Int16Array, timeoutMs: number): Result;
  monotonic(): bigint;
  addressRemainder(bytes: Uint8Array, step: number): Result;

  pipe(bytes: number): Pair | Result;
  eventfd(): Result;
  setNonblock(fd: number, on: boolean): Result;
  setCloexec(fd: number, on: boolean): Result;
  flock(fd: number, operation: number): Result;
  fdatasync(fd: number): Result;
  fallocate(fd: number, mode: number, offset: bigint, length: bigint): Result;
  readFolder(fd: number, room: Uint8Array): Promise<Result>;

  socketpair(type: number): Pair | Result;
  setBuffers(fd: number, bytes: number): Result;
  sendFd(socket: number, fd: number): Result;
  receiveFd(socket: number): Result;

  openFuse(): Result;
  mount(source: string, target: string, type: string, flags: number, options: string): Result;
  umount(target: string, force: boolean, detach: boolean): Result;

  fiemap(fds: Int32Array, room: Uint8Array, slot: number, answers: Int32Array): Promise<Result>;
  fsmap(fd: number, room: Uint8Array): Promise<Result>;
  generation(fd: number): Result;
  seek(fd: number, offset: bigint, whence: number, into: BigInt64Array): Result;
  cachestat(fd: number, offset: bigint, length: bigint, into: BigUint64Array): Result;

  pagemap(fd: number, offset: bigint, into: BigUint64Array): Promise<Result>;

  searchTree(fd: number, room: Uint8Array): Promise<Result>;
  treeOf(fd: number): bigint | Result;
  btrfsDevice(fd: number, room: Uint8Array): Result;
  btrfsFeatures(fd: number): bigint | Result;

  pidfdOpen(pid: number): Result;
  pidfdSendSignal(pidfd: number, signal: number): Result;
  setIoFlusher(): Result;
  setParentDeathSignal(signal: number): Result;

  openInotify(): Result;
  addWatch(fd: number, path: Uint8Array, bits: number): Result;
  removeWatch(fd: number, watch: number): Result;

  dropPrivileges(changeIds: boolean, uid: number, gid: number, root: string): Result;
  confineWrites(folder: string): Result;
}
