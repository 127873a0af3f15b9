import { arrays, type ColumnArrays, type ColumnType, widths } from '../trace/index.ts';

export type Cells<S extends Readonly<Record<string, ColumnType>>> = { [K in keyof S]: ColumnArrays[S[K]] };

/** Columns of one length that grow together: a table without an object a row. Their order is widest first, so that in one buffer each stays aligned. */
export class Table<const S extends Readonly<Record<string, ColumnType>>> {
  readonly columns: S;
  cells: Cells<S>;
  private room = FIRST_ROOM;

  constructor(columns: S) {
    this.columns = columns;
    this.cells = this.make(this.room);
  }

  /** Have room for slot `slot`. What was in it before is still there. */
  reach(slot: number): void {
    if (slot < this.room) return;
    const before = this.cells;
    this.room = Math.max(slot + 1, this.room * 2);
    this.cells = this.make(this.room);
    for (const name in this.columns) (this.cells[name] as Uint8Array).set(before[name] as Uint8Array);
  }

  private make(room: number): Cells<S> {
    const { columns } = this,
      cells: Record<string, unknown> = {};
    let bytes = 0;
    for (const name in columns) bytes += widths[columns[name]!] * room;
    const buffer = new ArrayBuffer(bytes);
    let at = 0;
    for (const name in columns) {
      const type = columns[name]!;
      cells[name] = new arrays[type](buffer, at, room);
      at += widths[type] * room;
    }
    return cells as Cells<S>;
  }
}

/** Rows: a few kilobytes in a table that stays small. */
const FIRST_ROOM = 64;
