import type { Voice } from './voice.ts';

/** What `show --json` prints of a file. Numbers of 64 bits are decimal strings. */
export interface Shown {
  readonly file: string;
  readonly size: string;
  readonly extents: readonly ShownExtent[];
  readonly layouts: readonly ShownLayout[];
}

export interface ShownExtent {
  readonly offset: string;
  readonly length: string;
  /** Null where the bytes are nowhere on a device. */
  readonly addr: string | null;
  /** A path that can be opened. */
  readonly device: string | null;
  readonly type: string;
  readonly flags: readonly string[];
}

export interface ShownLayout {
  readonly chunk: number;
  readonly strips: readonly { readonly device: string | null; readonly addr: string; readonly length: string }[];
}

const heads = ['offset', 'length', 'type', 'device', 'address', 'flags'] as const;

/** The same for people: numbers to the right, words to the left. */
export function table({ file, size, extents, layouts }: Shown, { bold, faint }: Pick<Voice, 'bold' | 'faint'>): readonly string[] {
  const rows = extents.map(({ offset, length, type, device, addr, flags }) => [offset, length, type, device ?? '', addr ?? '', flags.join(' ')]);
  const widths = heads.map((head, c) => Math.max(head.length, ...rows.map((row) => row[c]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, c) => (c < 2 || c === 4 ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!))).join('  ').trimEnd();
  return [
    `${bold(file)}  ${size} bytes, ${extents.length} ${extents.length === 1 ? 'extent' : 'extents'}`,
    ...(rows.length > 0 ? [faint(line(heads)), ...rows.map(line)] : []),
    ...layouts.map(({ chunk, strips }) => `interleaved over ${strips.length} devices in chunks of ${chunk} bytes`),
  ];
}
