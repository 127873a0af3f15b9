import type { Shown, ShownExtent } from '../hub/show.ts';
import type { Voice } from './voice.ts';

const heads = ['offset', 'length', 'type', 'device', 'address', 'flags'] as const;
/** Numbers stand to the right, words to the left. */
const isNumber = [true, true, false, false, true, false];

/** What a table needs of an answer, whether an agent gave it or FIEMAP. */
export interface Tabled extends Omit<Shown, 'extents'> {
  readonly extents: readonly Omit<ShownExtent, 'how'>[];
}

/** What `show` prints for people. */
export function table(
  { file, size, reportedSize, extents, layouts }: Tabled,
  { bold, faint }: Pick<Voice, 'bold' | 'faint'>,
): readonly string[] {
  const rows = extents.map(({ offset, length, type, device, addr, flags }) => [
    offset,
    length,
    type,
    device ?? '',
    addr ?? '',
    flags.join(' '),
  ]);
  const widths = heads.map((head, c) => Math.max(head.length, ...rows.map((row) => row[c]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => (isNumber[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd();
  const told = reportedSize === undefined ? '' : ` (the filesystem was told ${reportedSize} so far)`;
  return [
    `${bold(file)}  ${size} bytes${told}, ${extents.length} ${extents.length === 1 ? 'extent' : 'extents'}`,
    ...(rows.length > 0 ? [faint(line(heads)), ...rows.map(line)] : []),
    ...layouts.map((layout) => `interleaved from ${layout.offset}: ${layout.nstrips} strips in chunks of ${layout.chunk_size} bytes`),
  ];
}
