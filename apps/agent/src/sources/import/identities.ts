import { type FrameBuilder, How, Introduction, Kind, SourceId } from '@mapscope/shared/trace';
import { type Hears, type Identify, inodeKey } from '@mapscope/shared/derive';
import { ofKernelDev, sayDevice, utf8 } from '@mapscope/shared/units';

/** An inode of the trace. */
interface Known {
  readonly number: number;
  readonly dev: number;
  readonly ino: bigint;
  readonly root: bigint;
  /** Bytes, as an event told it. */
  size: bigint | undefined;
}

/**
 * Gives every inode that a record names a number, and introduces it. A trace knows no names, and a size only when an event tells it: the inode and its
 * device stand for the name, and the row says that it is unknown.
 */
export class Identities implements Hears {
  private readonly inodes = new Map<string | bigint, Known>();
  /** Most records are about the inode of the one before. */
  private last: Known | undefined;
  private readonly byNumber = new Map<number, Known>();
  private readonly devices = new Map<number, number>();
  private readonly rows: FrameBuilder;
  private readonly full: () => void;
  private readonly now: () => bigint;
  private latest = 0n;

  /** `full`: called when `rows` must be taken. `now`: time of the record that is read. */
  constructor(rows: FrameBuilder, full: () => void, now: () => bigint) {
    this.rows = rows;
    this.full = full;
    this.now = now;
  }

  get count(): number {
    return this.byNumber.size;
  }

  readonly identify: Identify = (dev, ino, root) => {
    const { last } = this;
    if (last?.ino === ino && last.dev === dev && last.root === root) return last.number;
    const key = inodeKey(dev, ino, root);
    let known = this.inodes.get(key);
    if (!known) {
      known = { number: this.count + 1, dev, ino, root, size: undefined };
      this.inodes.set(key, known);
      this.byNumber.set(known.number, known);
      this.tell(known, 0n, How.unknown);
    }
    this.last = known;
    return known.number;
  };

  /** The stream's number of a device. */
  readonly deviceOf = (dev: number): number => {
    const known = this.devices.get(dev);
    if (known !== undefined) return known;
    const number = this.devices.size + 1,
      i = this.row(Kind.device);
    this.devices.set(dev, number);
    this.rows.device[i] = number;
    this.rows.flags[i] = dev;
    this.rows.addr[i] = 0n;
    this.rows.how[i] = How.observed;
    this.rows.bytes(utf8(sayDevice(ofKernelDev(dev))));
    return number;
  };

  /** Another file has this inode number from now on. */
  born(dev: number, ino: bigint): void {
    this.gone(dev, ino);
  }

  gone(dev: number, ino: bigint): void {
    const key = inodeKey(dev, ino, 0n),
      known = this.inodes.get(key);
    if (!known) return;
    this.inodes.delete(key);
    this.last = undefined;
    this.rows.inode[this.row(Kind.inodeGone)] = known.number;
  }

  sized(inode: number, size: bigint): void {
    const known = this.byNumber.get(inode);
    if (!known || known.size === size) return;
    known.size = size;
    this.tell(known, size, How.observed);
  }

  private tell({ number, dev, ino }: Known, size: bigint, how: How): void {
    const device = this.deviceOf(dev),
      { rows } = this,
      i = this.row(Kind.inode);
    rows.inode[i] = number;
    rows.offset[i] = ino;
    rows.length[i] = size;
    // Its generation: no trace tells one.
    rows.addr[i] = 0n;
    rows.device[i] = device;
    rows.role[i] = Introduction.again;
    rows.how[i] = how;
    rows.bytes(utf8(`inode ${ino} of ${sayDevice(ofKernelDev(dev))}`));
  }

  private row(kind: Kind): number {
    if (this.rows.isFull) this.full();
    // Rows are in order of time: a record that is too early says what is so now.
    const now = this.now();
    if (now > this.latest) this.latest = now;
    const i = this.rows.row(kind, this.latest);
    this.rows.source[i] = SourceId.import;
    return i;
  }
}
