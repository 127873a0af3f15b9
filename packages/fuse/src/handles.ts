import type { Inode } from './inode.ts';

interface OpenFile {
  readonly inode: Inode;
  /** Opened by a process of mapscope. */
  readonly isHidden: boolean;
}

/** Open files by handle, from 1: 0 is what a request without a handle carries. */
export class Handles {
  private readonly files: (OpenFile | undefined)[] = [undefined];
  private readonly free: number[] = [];

  open(inode: Inode, isHidden: boolean): bigint {
    inode.opens++;
    const i = this.free.pop() ?? this.files.length;
    this.files[i] = { inode, isHidden };
    return BigInt(i);
  }

  isHidden(fh: bigint): boolean {
    return this.get(fh)?.isHidden ?? false;
  }

  close(fh: bigint): Inode | undefined {
    const file = this.get(fh);
    if (!file) return undefined;
    this.files[Number(fh)] = undefined;
    this.free.push(Number(fh));
    file.inode.opens--;
    return file.inode;
  }

  private get(fh: bigint): OpenFile | undefined {
    return fh < BigInt(this.files.length) ? this.files[Number(fh)] : undefined;
  }
}
