import type { Voice } from './voice.ts';

/** A column of a text table. Numbers stand to the right, words to the left. */
export interface GridColumn {
  readonly head: string;
  readonly isNumber?: boolean;
}

/** Lines of a text table, its head first; none without rows. */
export function grid(
  columns: readonly GridColumn[],
  rows: readonly (readonly string[])[],
  { faint }: Pick<Voice, 'faint'>,
): readonly string[] {
  if (rows.length === 0) return [];
  const widths = columns.map(({ head }, c) => rows.reduce((most, row) => Math.max(most, row[c]!.length), head.length));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => (columns[c]!.isNumber ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd();
  return [faint(line(columns.map(({ head }) => head))), ...rows.map(line)];
}
