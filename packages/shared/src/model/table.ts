import { arrays, type ColumnArrays, type ColumnType, widths } from '../trace/index.ts';

export type Cells<S extends Readonly<Record<string, ColumnType>>> = { [K in keyof S]: ColumnArrays[S[K]] };

/** Columns of one length that grow together: a table without an object a row. Their order is widest first, so that in one buffer each stays aligned. */
export class Table<const S extends Readonly<Record<string, ColumnType>>> {
  readonly columns: S;
  cells: Cells<S>;
  private room = 0;

  constructor(columns: S) {
    this.columns = columns;
    this.cells = emptyOf(columns);
  }

  /** Have room for slot `slot`. What was in it before is still there. */
  reach(slot: number): void {
    if (slot < this.room) return;
    const before = this.cells;
    this.room = Math.max(FIRST_ROOM, slot + 1, this.room * 2);
    this.cells = cellsOf(this.columns, this.room);
    for (const name in this.columns) (this.cells[name] as Uint8Array).set(before[name] as Uint8Array);
  }
}

function cellsOf<S extends Readonly<Record<string, ColumnType>>>(columns: S, room: number): Cells<S> {
  const cells: Record<string, unknown> = {};
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

/** Cells without a row, made once for all tables of these columns: whoever only looks at a keyframe's list of files fills no table. */
function emptyOf<S extends Readonly<Record<string, ColumnType>>>(columns: S): Cells<S> {
  const known = empties.get(columns) ?? cellsOf(columns, 0);
  empties.set(columns, known);
  return known as Cells<S>;
}
const empties = new WeakMap<object, unknown>();

/** Rows: a few kilobytes in a table that stays small. */
const FIRST_ROOM = 64;
