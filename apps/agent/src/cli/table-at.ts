import type { ShownAt } from '../hub/index.ts';
import { grid, type GridColumn } from './grid.ts';
import type { Voice } from './voice.ts';

const number = (head: string): GridColumn => ({ head, isNumber: true });
const word = (head: string): GridColumn => ({ head });

const extentColumns = [number('offset'), number('length'), word('type'), word('device'), number('address'), word('flags'), word('how')];
const folioColumns = [number('offset'), number('length'), word('folios'), number('order'), word('how')];
const stripColumns = [number('strip'), word('device'), number('address'), number('length')];

/** What `show --in` prints of a file for people. */
export function tableAt(shown: ShownAt, at: bigint, voice: Pick<Voice, 'bold' | 'faint'>): readonly string[] {
  const { file, inode, size, how, gone, extents, layouts, folios } = shown,
    name = file ?? `inode ${inode}`,
    known = size === null ? 'size not known' : `${size} bytes (${how})`;
  return [
    `${voice.bold(name)}  inode ${inode}, ${known}${gone ? ', gone' : ''}, at ${at}`,
    ...grid(
      extentColumns,
      extents.map((it) => [
        it.offset,
        it.length,
        it.type,
        it.device ?? (it.addr === null ? '' : 'unknown'),
        it.addr ?? '',
        it.flags.join(' '),
        it.how,
      ]),
      voice,
    ),
    ...layouts.flatMap((layout) => [
      `interleaved from ${layout.offset}: ${layout.nstrips} strips in chunks of ${layout.chunk_size} bytes, ${layout.nbytes} bytes of the file (${layout.how})`,
      ...grid(
        stripColumns,
        layout.strips.map((strip, k) => [String(k), strip?.device ?? 'not told', strip?.offset ?? '', strip?.len ?? '']),
        voice,
      ),
    ]),
    ...grid(
      folioColumns,
      folios.map((it) => [
        it.offset,
        it.length,
        it.errno === 0 ? it.state : `${it.state} (errno ${it.errno})`,
        it.order === null ? '' : String(it.order),
        it.how,
      ]),
      voice,
    ),
  ];
}
