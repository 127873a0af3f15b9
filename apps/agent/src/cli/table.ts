import type { Shown, ShownExtent } from '../hub/show.ts';
import type { CachedRange, ShownCache } from '../sources/pagecache/index.ts';
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

/** What FIEMAP says beyond what an agent does. */
interface Further {
  readonly copies?: readonly { readonly device: string | null; readonly addr: string }[];
  readonly addr_is?: 'logical';
  readonly past_eof?: string;
}

/** What a table needs of an answer, whether an agent gave it or FIEMAP. */
export interface Tabled extends Omit<Shown, 'extents'> {
  readonly extents: readonly (Omit<ShownExtent, 'how'> & Further)[];
  readonly notes?: readonly string[];
  readonly cache?: ShownCache['cache'];
  readonly folios?: ShownCache['folios'];
}

/** What `show` prints for people. */
export function table(
  { file, size, reportedSize, extents, layouts, cache, folios, notes = [] }: Tabled,
  voice: Pick<Voice, 'bold' | 'faint'>,
): readonly string[] {
  const told = reportedSize === undefined ? '' : ` (the filesystem was told ${reportedSize} so far)`;
  return [
    `${voice.bold(file)}  ${size} bytes${told}, ${extents.length} ${extents.length === 1 ? 'extent' : 'extents'}`,
    ...grid(columns, extents.flatMap(rowsOf), voice),
    ...layouts.map((layout) => `interleaved from ${layout.offset}: ${layout.nstrips} strips in chunks of ${layout.chunk_size} bytes`),
    ...(cache ? rangeLines(cache.ranges, 'cached', 'Nothing of it is cached.', voice) : []),
    ...(folios ? rangeLines(folios, 'folio', '', voice) : []),
    ...notes,
  ];
}

/** What is cached of a file, or its folios. */
function rangeLines(ranges: readonly CachedRange[], head: string, none: string, voice: Pick<Voice, 'faint'>): readonly string[] {
  const words = (flags: readonly string[]): string => (head === 'cached' && flags.length === 0 ? 'clean' : flags.join(' '));
  const rows = ranges.map(({ offset, length, flags }) => [offset, length, words(flags)]);
  return rows.length === 0 ? [none].filter(Boolean) : ['', ...grid([...columns.slice(0, 2), { head }], rows, voice)];
}

/** A line an extent, and one for each further copy of it. */
function rowsOf({ offset, length, type, device, addr, flags, copies = [], addr_is, past_eof }: Tabled['extents'][number]): string[][] {
  const place = addr_is === undefined ? (device ?? (addr === null ? '' : 'missing')) : addr_is,
    words = [...flags, ...(past_eof === undefined ? [] : [`(${past_eof} bytes past the end: may be trimmed)`])];
  return [
    [offset, length, type, place, addr ?? '', words.join(' ')],
    ...copies.slice(1).map((copy) => ['', '', 'copy', copy.device ?? 'missing', copy.addr, '']),
  ];
}
