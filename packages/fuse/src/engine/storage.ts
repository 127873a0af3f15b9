import { Errno } from '@mapscope/shared/wire';
import type { DeviceInfo, Mapping } from '../filesystem.ts';
import type { Report } from '../report/report.ts';

/** Positional I/O on an open descriptor, as `@mapscope/native` has it: bytes done, over short counts, or a negative errno. */
export interface FileIo {
  pread(fd: number, into: Uint8Array, intoFrom: number, length: number, at: bigint): number;
  pwrite(fd: number, bytes: Uint8Array, bytesFrom: number, length: number, at: bigint): number;
}

/** The devices of a filesystem, and the bytes that go to them and come from them: each run is an `io` row pair. */
export class Storage {
  private readonly devices = new Map<number, DeviceInfo>();
  private readonly io: FileIo;
  private readonly report: Report;

  constructor(devices: readonly DeviceInfo[], io: FileIo, report: Report) {
    for (const device of devices) this.devices.set(device.cookie, device);
    this.io = io;
    this.report = report;
  }

  has(cookie: number): boolean {
    return this.devices.has(cookie);
  }

  publish(): void {
    for (const device of this.devices.values()) this.report.device(device);
  }

  /** All of `into`, or a negative errno: a device that ends early is broken. */
  read(parent: number, inode: number, m: Mapping, pos: bigint, into: Uint8Array): number {
    return this.move(false, parent, inode, m, pos, into);
  }

  write(parent: number, inode: number, m: Mapping, pos: bigint, data: Uint8Array): number {
    return this.move(true, parent, inode, m, pos, data);
  }

  private move(isWrite: boolean, parent: number, inode: number, m: Mapping, pos: bigint, bytes: Uint8Array): number {
    const device = this.devices.get(m.dev);
    if (!device) return -Errno.EUCLEAN;
    const addr = m.addr + (pos - m.offset),
      n = bytes.length;
    const op = this.report.ioSubmit(parent, inode, isWrite, m.dev, addr, pos, n);
    let result = -Errno.EIO;
    if (addr + BigInt(n) <= device.size) {
      result = isWrite ? this.io.pwrite(device.fd, bytes, 0, n, addr) : this.io.pread(device.fd, bytes, 0, n, addr);
      // Fewer bytes than a device has are an error that the next call would name.
      if (result >= 0 && result < n) result = -Errno.EIO;
    }
    this.report.tick();
    this.report.ioDone(op, parent, inode, isWrite, m.dev, addr, pos, n, result);
    return result;
  }
}
