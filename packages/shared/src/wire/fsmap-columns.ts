import { FsmapFlag } from './bits-ioctl.ts';
import { fsmap, fsmapHead } from './ioctl.ts';

const word = (name: string): number => fsmap.slots.find((slot) => slot.name === name)!.at / 4;
const HEAD = fsmapHead.size / 4;
const RECORD = fsmap.size / 4;
const DEVICE = word('fmr_device');
const FLAGS = word('fmr_flags');
const PHYSICAL = word('fmr_physical');
const OWNER = word('fmr_owner');
const OFFSET = word('fmr_offset');
const LENGTH = word('fmr_length');

/** Records of GETFSMAP, a column a field and no object a record, as they were told. `count` of each column's rows are filled. */
export class FsmapColumns {
  count = 0;
  /** As user space writes a dev_t (`ofUserDev`), where the head says DEV_T. */
  device: Uint32Array;
  /** `fsmapFlags`. */
  flags: Uint32Array;
  /** Of the device, bytes. */
  physical: BigUint64Array;
  /** Inode, or a code with SPECIAL_OWNER (`fsmapOwnerName`). */
  owner: BigUint64Array;
  /** Where it begins in the file of an inode, bytes. */
  offset: BigUint64Array;
  /** Bytes. */
  length: BigUint64Array;

  /** `room`: records it takes before it grows. */
  constructor(room = 64) {
    this.device = new Uint32Array(room);
    this.flags = new Uint32Array(room);
    this.physical = new BigUint64Array(room);
    this.owner = new BigUint64Array(room);
    this.offset = new BigUint64Array(room);
    this.length = new BigUint64Array(room);
  }

  /** The last record says that it is the filesystem's last. */
  get isLast(): boolean {
    return this.count > 0 && (this.flags[this.count - 1]! & FsmapFlag.LAST) !== 0;
  }

  /** Adds the first `entries` records of an answer (`struct fsmap_head` and what follows it), as many as are there. Answers how many were added. */
  append(answer: Uint8Array, entries: number): number {
    const bytes = answer.byteOffset % 4 === 0 ? answer : answer.slice(),
      words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2),
      most = Math.max(0, Math.min(entries, Math.floor((words.length - HEAD) / RECORD)));
    this.grow(this.count + most);
    // A u64 is a pair of u32 words, low first, as on every host we support: copied so, none becomes a bigint.
    const { device, flags } = this,
      physical = new Uint32Array(this.physical.buffer),
      owner = new Uint32Array(this.owner.buffer),
      offset = new Uint32Array(this.offset.buffer),
      length = new Uint32Array(this.length.buffer);
    for (let row = this.count, at = HEAD; row < this.count + most; row++, at += RECORD) {
      const low = 2 * row,
        high = low + 1;
      device[row] = words[at + DEVICE]!;
      flags[row] = words[at + FLAGS]!;
      physical[low] = words[at + PHYSICAL]!;
      physical[high] = words[at + PHYSICAL + 1]!;
      owner[low] = words[at + OWNER]!;
      owner[high] = words[at + OWNER + 1]!;
      offset[low] = words[at + OFFSET]!;
      offset[high] = words[at + OFFSET + 1]!;
      length[low] = words[at + LENGTH]!;
      length[high] = words[at + LENGTH + 1]!;
    }
    this.count += most;
    return most;
  }

  private grow(room: number): void {
    if (room <= this.flags.length) return;
    const grown = new FsmapColumns(Math.max(room, 2 * this.flags.length));
    for (const name of ['device', 'flags'] as const) grown[name].set(this[name].subarray(0, this.count));
    for (const name of ['physical', 'owner', 'offset', 'length'] as const) grown[name].set(this[name].subarray(0, this.count));
    const { device, flags, physical, owner, offset, length } = grown;
    Object.assign(this, { device, flags, physical, owner, offset, length });
  }
}
