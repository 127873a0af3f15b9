import { arrays, columns, NO_ADDR, NO_CPU, widths } from './columns.ts';
import { type Frame, FRAME_HEADER, FRAME_MAGIC, FRAME_VERSION, heapOf, MAX_FRAME, MAX_ROWS, pad8 } from './frame.ts';
import type { Kind } from './kind.ts';

type Cells = Uint8Array | Uint16Array | Uint32Array;

/**
 * One column as its encoding needs it. Two cells a 64-bit number: constness and copies are asked of plain numbers, since reading them as
 * bigints costs more than all the rest.
 */
interface Raw {
  readonly width: number;
  readonly bytes: Uint8Array;
  readonly cells: Cells;
  readonly each: 1 | 2;
}

function rawOf({ buffer }: { readonly buffer: ArrayBufferLike }, width: number): Raw {
  const cells = width === 1 ? new Uint8Array(buffer) : width === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
  return { width, bytes: new Uint8Array(buffer), cells, each: width === 8 ? 2 : 1 };
}

/**
 * Collects rows and encodes them. No object a row: `const i = b.row(kind, time)` starts one with every column zero
 * (`addr` none, `cpu` not known), then columns are set by index: `b.offset[i] = pos`. Heap bytes go to the newest row.
 */
export class FrameBuilder {
  count = 0;
  private room: number;
  private heapRoom = new Uint8Array(1024);
  private heapUsed = 0;
  private raw: readonly Raw[] = [];
  declare time: BigUint64Array;
  declare offset: BigUint64Array;
  declare length: BigUint64Array;
  declare addr: BigUint64Array;
  declare result: BigInt64Array;
  declare inode: Uint32Array;
  declare op: Uint32Array;
  declare parent: Uint32Array;
  declare flags: Uint32Array;
  declare heap: Uint32Array;
  declare pid: Int32Array;
  declare device: Uint16Array;
  declare type: Uint16Array;
  declare cpu: Uint16Array;
  declare errno: Int16Array;
  declare kind: Uint8Array;
  declare source: Uint8Array;
  declare role: Uint8Array;
  declare how: Uint8Array;

  constructor(room = 1024) {
    this.room = Math.min(room, MAX_ROWS);
    this.makeColumns();
  }

  get isFull(): boolean {
    return this.count >= MAX_ROWS || this.heapUsed > MAX_FRAME / 4;
  }

  get heapLength(): number {
    return this.heapUsed;
  }

  /** Begin a row; the index stays valid until `take`. Throws when `isFull` was ignored: the caller must `take` first. */
  row(kind: Kind, at: bigint): number {
    if (this.count >= this.room) this.grow();
    // The other columns are as `blank` left them.
    const i = this.count++;
    this.time[i] = at;
    this.heap[i] = this.heapUsed;
    this.kind[i] = kind;
    return i;
  }

  /** Give the newest row these bytes (once a row). */
  bytes(data: Uint8Array): void {
    const need = this.heapUsed + data.length;
    if (need > this.heapRoom.length) {
      const wider = new Uint8Array(Math.max(need, this.heapRoom.length * 2));
      wider.set(this.heapRoom.subarray(0, this.heapUsed));
      this.heapRoom = wider;
    }
    this.heapRoom.set(data, this.heapUsed);
    this.heapUsed = need;
    this.heap[this.count - 1] = need;
  }

  /** Copy row `i` of a frame, its heap bytes included. */
  copy(frame: Frame, i: number): number {
    const to = this.row(frame.kind[i] as Kind, frame.time[i]!);
    this.offset[to] = frame.offset[i]!;
    this.length[to] = frame.length[i]!;
    this.addr[to] = frame.addr[i]!;
    this.result[to] = frame.result[i]!;
    this.inode[to] = frame.inode[i]!;
    this.op[to] = frame.op[i]!;
    this.parent[to] = frame.parent[i]!;
    this.flags[to] = frame.flags[i]!;
    this.pid[to] = frame.pid[i]!;
    this.device[to] = frame.device[i]!;
    this.type[to] = frame.type[i]!;
    this.cpu[to] = frame.cpu[i]!;
    this.errno[to] = frame.errno[i]!;
    this.source[to] = frame.source[i]!;
    this.role[to] = frame.role[i]!;
    this.how[to] = frame.how[i]!;
    const data = heapOf(frame, i);
    if (data.length > 0) this.bytes(data);
    return to;
  }

  /** Encode what was collected and start anew. */
  take(until: bigint, options: { flags?: number; sequence?: number; subscription?: number } = {}): Uint8Array {
    const n = this.count,
      { raw } = this;
    let constant = 0,
      size = FRAME_HEADER;
    for (let c = 0; c < raw.length; c++) {
      if (n > 0 && isConstant(raw[c]!, n)) {
        constant |= 1 << c;
        size += 8;
      } else size += pad8(raw[c]!.width * n);
    }
    const total = size + pad8(this.heapUsed),
      out = new Uint8Array(total),
      view = new DataView(out.buffer);
    view.setUint32(0, FRAME_MAGIC, true);
    view.setUint16(4, FRAME_VERSION, true);
    view.setUint16(6, options.flags ?? 0, true);
    view.setUint32(8, total, true);
    view.setUint32(12, n, true);
    view.setUint32(16, this.heapUsed, true);
    view.setUint32(20, constant, true);
    view.setUint32(24, options.sequence ?? 0, true);
    view.setUint32(28, options.subscription ?? 0, true);
    view.setBigUint64(32, until, true);
    let place = FRAME_HEADER;
    for (let c = 0; c < raw.length; c++) {
      const { bytes, width } = raw[c]!,
        isOne = ((constant >>> c) & 1) === 1;
      out.set(bytes.subarray(0, isOne ? width : width * n), place);
      place += isOne ? 8 : pad8(width * n);
    }
    out.set(this.heapRoom.subarray(0, this.heapUsed), place);
    this.blank(0, n);
    this.count = 0;
    this.heapUsed = 0;
    return out;
  }

  private makeColumns(): void {
    const self = this as unknown as Record<string, unknown>;
    this.raw = columns.map(([name, type]) => {
      const column = new arrays[type](this.room);
      self[name] = column;
      return rawOf(column, widths[type]);
    });
    this.blank(0, this.room);
  }

  /** Rows [from, to) as they are before anything is said in them. */
  private blank(from: number, to: number): void {
    for (const { bytes, width } of this.raw) bytes.fill(0, from * width, to * width);
    this.addr.fill(NO_ADDR, from, to);
    this.cpu.fill(NO_CPU, from, to);
  }

  private grow(): void {
    if (this.room >= MAX_ROWS) throw new RangeError(`a frame has at most ${MAX_ROWS} rows: take it when isFull`);
    const before = this.raw;
    this.room = Math.min(MAX_ROWS, this.room * 2);
    this.makeColumns();
    for (let c = 0; c < before.length; c++) this.raw[c]!.bytes.set(before[c]!.bytes);
  }
}

function isConstant({ cells, each }: Raw, n: number): boolean {
  const end = n * each;
  for (let i = each; i < end; i++) if (cells[i] !== cells[i - each]) return false;
  return true;
}
