import type { Shown, ShownExtent } from '../hub/show.ts';
import { grid, type GridColumn } from './grid.ts';
import type { Voice } from './voice.ts';

const columns: readonly GridColumn[] = [
  { head: 'offset', isNumber: true },
  { head: 'length', isNumber: true },
  { head: 'type' },
  { head: 'device' },
  { head: 'address', isNumber: true },
  { head: 'flags' },
];

/** What a table needs of an answer, whether an agent gave it or FIEMAP. */
export interface Tabled extends Omit<Shown, 'extents'> {
  readonly extents: readonly Omit<ShownExtent, 'how'>[];
}

/** What `show` prints for people. */
export function table({ file, size, reportedSize, extents, layouts }: Tabled, voice: Pick<Voice, 'bold' | 'faint'>): readonly string[] {
  const told = reportedSize === undefined ? '' : ` (the filesystem was told ${reportedSize} so far)`;
  return [
    `${voice.bold(file)}  ${size} bytes${told}, ${extents.length} ${extents.length === 1 ? 'extent' : 'extents'}`,
    ...grid(
      columns,
      extents.map(({ offset, length, type, device, addr, flags }) => [offset, length, type, device ?? '', addr ?? '', flags.join(' ')]),
      voice,
    ),
    ...layouts.map((layout) => `interleaved from ${layout.offset}: ${layout.nstrips} strips in chunks of ${layout.chunk_size} bytes`),
  ];
}
