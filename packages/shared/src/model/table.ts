import { arrays, type ColumnArrays, type ColumnType } from '../trace/index.ts';

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
    this.room = Math.max(64, slot + 1, this.room * 2);
    this.cells = this.make(this.room);
    for (const name in this.columns) (this.cells[name] as Uint8Array).set(before[name] as Uint8Array);
  }

  private make(room: number): Cells<S> {
    return Object.fromEntries(Object.entries(this.columns).map(([name, type]) => [name, new arrays[type](room)])) as unknown as Cells<S>;
  }
}
