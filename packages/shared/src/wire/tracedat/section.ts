import { type Flaw, flaw, isFlaw } from '../../units/index.ts';
import { type FileBytes, inMemory } from './bytes.ts';
import { FileCursor } from './file-cursor.ts';
import { MAX_SECTION, type Unpack, unpack } from './unpack.ts';

/** Of a version 7 file. Fact: spec/protocol.md 7.4. */
export const SECTION_HEAD = 16;
const PACKED = 1;
const PACK_HEAD = 8;

export interface Section {
  readonly id: number;
  /** Where its head is. */
  readonly at: number;
  readonly isPacked: boolean;
  /** Bytes behind the head, as the head says; the file may end before. */
  readonly size: number;
}

/** How a file is read: version 7 needs all of it to read a section. */
export interface Opened {
  readonly source: FileBytes;
  readonly isLittle: boolean;
  /** undefined: nothing is packed, or nobody knows how. */
  readonly unpack: Unpack | undefined;
}

/** The section whose head is at `at`. */
export function readSection({ source, isLittle }: Opened, at: number): Section | Flaw {
  const cursor = new FileCursor(source, at, { isLittle }),
    id = cursor.u16('section id'),
    flags = cursor.u16('section flags');
  cursor.skip('section description', 4);
  const size = cursor.place('section size');
  return cursor.flaw ?? { id, at, isPacked: (flags & PACKED) !== 0, size };
}

/** The sections that stand one behind the other from `at` on, up to the first thing that is none. */
export function* sectionsFrom(file: Opened, at: number): Generator<Section> {
  for (let place = at; place < file.source.size;) {
    const section = readSection(file, place);
    if (isFlaw(section)) return;
    yield section;
    place += SECTION_HEAD + section.size;
  }
}

/** Reads what is in a section, unpacked where it is packed. A section that is cut can be read up to there, unless it is packed. */
export function bodyOf({ source, isLittle, unpack: with_ }: Opened, { id, at, isPacked, size }: Section): FileCursor | Flaw {
  const from = at + SECTION_HEAD;
  if (!isPacked) return new FileCursor(source, from, { isLittle, end: from + size });
  const head = new FileCursor(source, from, { isLittle, end: from + size }),
    packed = head.u32(`packed size of section ${id}`),
    unpacked = head.u32(`unpacked size of section ${id}`),
    bytes = head.bytes(`section ${id}`, packed, MAX_SECTION);
  if (head.flaw) return head.flaw;
  if (!with_)
    return flaw({ code: 'E_COMPRESSION', at: from, field: `section ${id}`, found: 'packed', allowed: 'not packed, in this file' });
  const body = unpack(with_, bytes, unpacked, MAX_SECTION, from + PACK_HEAD);
  return isFlaw(body) ? body : new FileCursor(inMemory(body), 0, { isLittle, placeOf: () => from + PACK_HEAD });
}
