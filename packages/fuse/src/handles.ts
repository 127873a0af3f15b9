import type { Inode } from './inode.ts';

/** Open files by handle, from 1: 0 is what a request without a handle carries. */
export class Handles {
  private readonly files: (Inode | undefined)[] = [undefined];
  private readonly free: number[] = [];

  open(inode: Inode): bigint {
    inode.opens++;
    const i = this.free.pop() ?? this.files.length;
    this.files[i] = inode;
    return BigInt(i);
  }

  get(fh: bigint): Inode | undefined {
    return fh < BigInt(this.files.length) ? this.files[Number(fh)] : undefined;
  }

  close(fh: bigint): Inode | undefined {
    const inode = this.get(fh);
    if (!inode) return undefined;
    this.files[Number(fh)] = undefined;
    this.free.push(Number(fh));
    inode.opens--;
    return inode;
  }
}
