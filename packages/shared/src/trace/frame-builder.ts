import { arrays, type ColumnName, columns, NO_ADDR, NO_CPU, widths } from './columns.ts';
import { type Frame, FRAME_HEADER, FRAME_MAGIC, FRAME_VERSION, heapOf, MAX_FRAME, MAX_ROWS, pad8 } from './frame.ts';
import type { Kind } from './kind.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Collects rows and encodes them. No object a row: `const i = b.row(kind, time)` starts one with every column zero
 * (`addr` none, `cpu` not known), then columns are set by index: `b.offset[i] = pos`. Heap bytes go to the newest row.
 */
export class FrameBuilder {
  count = 0;
  private room: number;
  private heapRoom = new Uint8Array(1024);
  private heapUsed = 0;
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
    const self = this as unknown as Record<string, unknown>;
    for (const [name, type] of columns) self[name] = new arrays[type](this.room);
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
    const i = this.count++;
    this.time[i] = at;
    this.offset[i] = 0n;
    this.length[i] = 0n;
    this.addr[i] = NO_ADDR;
    this.result[i] = 0n;
    this.inode[i] = 0;
    this.op[i] = 0;
    this.parent[i] = 0;
    this.flags[i] = 0;
    this.heap[i] = this.heapUsed;
    this.pid[i] = 0;
    this.device[i] = 0;
    this.type[i] = 0;
    this.cpu[i] = NO_CPU;
    this.errno[i] = 0;
    this.kind[i] = kind;
    this.source[i] = 0;
    this.role[i] = 0;
    this.how[i] = 0;
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
    const n = this.count;
    let constant = 0,
      size = FRAME_HEADER;
    columns.forEach(([name, type], c) => {
      const column = this[name as ColumnName] as Uint8Array;
      if (n > 0 && isConstant(column, n)) {
        constant |= 1 << c;
        size += 8;
      } else size += pad8(widths[type] * n);
    });
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
    columns.forEach(([name, type], c) => {
      const column = this[name as ColumnName] as Uint8Array;
      const isOne = (constant >>> c) & 1,
        cells = isOne ? 1 : n;
      new arrays[type](out.buffer, place, cells).set(column.subarray(0, cells) as never);
      place += isOne ? 8 : pad8(widths[type] * n);
    });
    out.set(this.heapRoom.subarray(0, this.heapUsed), place);
    this.count = 0;
    this.heapUsed = 0;
    return out;
  }

  private grow(): void {
    if (this.room >= MAX_ROWS) throw new RangeError(`a frame has at most ${MAX_ROWS} rows: take it when isFull`);
    this.room = Math.min(MAX_ROWS, this.room * 2);
    const self = this as unknown as Writable<Record<string, unknown>>;
    for (const [name, type] of columns) {
      const wider = new arrays[type](this.room);
      (wider as Uint8Array).set(self[name] as Uint8Array);
      self[name] = wider;
    }
  }
}

function isConstant(column: Uint8Array, n: number): boolean {
  const first = column[0];
  for (let i = 1; i < n; i++) if (column[i] !== first) return false;
  return true;
}
