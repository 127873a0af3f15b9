import { type FrameBuilder, How, Introduction, Kind, SourceId } from '@mapscope/shared/trace';
import { utf8 } from '@mapscope/shared/units';

const MINOR_BITS = 20;

/** `7:0` of a dev_t as tracepoints have it. Fact: spec/protocol.md 5.2. */
const nameOf = (dev: number): string => `${dev >>> MINOR_BITS}:${dev & ((1 << MINOR_BITS) - 1)}`;

/**
 * Gives every inode that a record names a number, and introduces it. A trace knows no names and no sizes: the inode and its device stand for the name,
 * and the row says that it is unknown.
 */
export class Identities {
  private readonly inodes = new Map<number, Map<bigint, number>>();
  private readonly devices = new Map<number, number>();
  private readonly rows: FrameBuilder;
  private readonly full: () => void;
  /** Time of the record that is being read. */
  now = 0n;
  count = 0;

  /** `full`: called when `rows` must be taken. */
  constructor(rows: FrameBuilder, full: () => void) {
    this.rows = rows;
    this.full = full;
  }

  /** `dev` as in tracepoints: major << 20 | minor. */
  readonly numberOf = (dev: number, ino: bigint): number => {
    let known = this.inodes.get(dev);
    if (!known) this.inodes.set(dev, (known = new Map()));
    let number = known.get(ino);
    if (number === undefined) known.set(ino, (number = this.introduce(dev, ino)));
    return number;
  };

  private introduce(dev: number, ino: bigint): number {
    const { rows } = this,
      device = this.deviceOf(dev),
      number = ++this.count;
    if (rows.isFull) this.full();
    const i = rows.row(Kind.inode, this.now);
    rows.inode[i] = number;
    rows.offset[i] = ino;
    rows.device[i] = device;
    rows.role[i] = Introduction.again;
    rows.source[i] = SourceId.import;
    rows.how[i] = How.unknown;
    rows.bytes(utf8(`inode ${ino} of ${nameOf(dev)}`));
    return number;
  }

  deviceOf(dev: number): number {
    const known = this.devices.get(dev);
    if (known !== undefined) return known;
    const { rows } = this,
      number = this.devices.size + 1;
    this.devices.set(dev, number);
    if (rows.isFull) this.full();
    const i = rows.row(Kind.device, this.now);
    rows.device[i] = number;
    rows.flags[i] = dev;
    rows.source[i] = SourceId.import;
    rows.how[i] = How.observed;
    rows.bytes(utf8(nameOf(dev)));
    return number;
  }
}
