import { arrays, type ColumnArrays, type ColumnType, widths } from '../trace/index.ts';

export type Cells<S extends Readonly<Record<string, ColumnType>>> = { [K in keyof S]: ColumnArrays[S[K]] };

/** Columns of one length that grow together: a table without an object a row. */
export class Table<const S extends Readonly<Record<string, ColumnType>>> {
  readonly columns: S;
  cells: Cells<S>;
  private room = 0;

  constructor(columns: S) {
    this.columns = columns;
    this.cells = this.make(0);
  }

  /** Have room for slot `slot`. What was in it before is still there. */
  reach(slot: number): void {
    if (slot < this.room) return;
    const before = this.cells;
    this.room = Math.max(16, slot + 1, this.room * 2);
    this.cells = this.make(this.room);
    for (const name in this.columns) (this.cells[name] as Uint8Array).set(before[name] as Uint8Array);
  }

  /** All columns in one buffer, the widest first, so that each stays aligned. */
  private make(room: number): Cells<S> {
    const names = Object.keys(this.columns).sort((a, b) => widths[this.columns[b]!] - widths[this.columns[a]!]),
      bytes = names.reduce((sum, name) => sum + widths[this.columns[name]!] * room, 0),
      buffer = new ArrayBuffer(bytes),
      cells: Record<string, unknown> = {};
    let at = 0;
    for (const name of names) {
      const type = this.columns[name]!;
      cells[name] = new arrays[type](buffer, at, room);
      at += widths[type] * room;
    }
    return cells as Cells<S>;
  }
}
