import { type Flaw, flaw, isFlaw, utf8Text } from '../../units/index.ts';
import { type PageShape, parseHeaderPage } from '../ftrace-page.ts';
import type { FileBytes } from './bytes.ts';
import { FileCursor } from './file-cursor.ts';
import { type BufferPart, type CpuData, Parts } from './parts.ts';
import type { Unpack, Unpackers } from './unpack.ts';
import { readV6 } from './v6.ts';
import { V7 } from './v7.ts';

/** Fact: spec/protocol.md 7.4. */
export const TRACE_DAT_MAGIC = Uint8Array.of(0x17, 0x08, 0x44, 0x74, 0x72, 0x61, 0x63, 0x69, 0x6e, 0x67);
const VERSION_AT = TRACE_DAT_MAGIC.length;
const MAX_WORD = 64;

/** A ring buffer whose pages can be read: `TraceReader` gives their records. */
export interface TraceBuffer extends Omit<BufferPart, 'pageSize'> {
  readonly shape: PageShape;
}

/** A trace.dat file whose texts and tables have been read; its pages not yet. */
export interface TraceDat {
  readonly version: 6 | 7;
  /** Name of the compression: `none`, `zlib`, `zstd`. */
  readonly compression: string;
  readonly source: FileBytes;
  readonly isLittle: boolean;
  readonly unpack: Unpack | undefined;
  /** What the file says of itself. */
  readonly parts: Parts;
  readonly buffers: readonly TraceBuffer[];
}

/**
 * Reads everything of a trace.dat file but its pages (version 6 or 7, either byte order). A flaw: it is no such file. A file that is cut or damaged
 * gives what it holds, and `parts.flaws` say what is missing and from which byte on.
 */
export function openTraceDat(source: FileBytes, unpackers: Unpackers): TraceDat | Flaw {
  const head = readHead(source);
  if (isFlaw(head)) return head;
  const { version, isLittle, longSize, pageSize, cursor } = head,
    parts = new Parts(isLittle, pageSize, source.size);
  let compression = 'none',
    unpack: Unpack | undefined;
  if (version === 6) readV6(source, cursor.at, isLittle, parts);
  else {
    compression = cursor.text('compression', MAX_WORD);
    cursor.text('version of the compression', MAX_WORD);
    const first = cursor.place('place of the options');
    if (compression === 'zlib' || compression === 'zstd') unpack = unpackers[compression];
    if (compression !== 'none' && unpack === undefined) {
      const allowed = ['none', ...Object.keys(unpackers)].join(', ');
      parts.tell(flaw({ code: 'E_COMPRESSION', at: 0, field: 'compression', found: JSON.stringify(compression), allowed }));
    }
    if (cursor.flaw) parts.tell(cursor.flaw);
    else {
      const v7 = new V7({ source, isLittle, unpack }, parts),
        broken = v7.follow(first);
      parts.tell(broken);
      if (broken) v7.search(cursor.at);
    }
  }
  const shape = shapeOf(parts, longSize, isLittle),
    buffers = apart(parts).map((buffer) => ({ ...buffer, shape: sized(shape, buffer.pageSize) }));
  return { version, compression, source, isLittle, unpack, parts, buffers };
}

/** Name of the compression, without which nothing of a version 7 file can be read; undefined where there is none, or no trace.dat. */
export function compressionOf(source: FileBytes): string | undefined {
  const head = readHead(source);
  if (isFlaw(head) || head.version === 6) return undefined;
  const name = head.cursor.text('compression', MAX_WORD);
  return name === '' || name === 'none' ? undefined : name;
}

function readHead(source: FileBytes) {
  const start = source.read(0, VERSION_AT);
  if (start.length < VERSION_AT || start.some((byte, i) => byte !== TRACE_DAT_MAGIC[i]))
    return flaw({ code: 'E_MAGIC', at: 0, field: 'file', found: JSON.stringify(utf8Text(start)), allowed: 'a trace.dat of trace-cmd' });
  const cursor = new FileCursor(source, VERSION_AT, { isLittle: source.read(VERSION_AT + 2, 1)[0] !== 1 }),
    text = cursor.text('version', MAX_WORD);
  if (cursor.flaw) return cursor.flaw;
  const version = text === '6' ? 6 : text === '7' ? 7 : undefined;
  if (version === undefined)
    return flaw({ code: 'E_VERSION', at: VERSION_AT, field: 'version', found: JSON.stringify(text), allowed: '6 or 7' });
  const at = cursor.at,
    order = cursor.u8('byte order'),
    longSize = cursor.u8('bytes of a long'),
    pageSize = cursor.u32('page size');
  if (cursor.flaw) return cursor.flaw;
  if (order > 1) return flaw({ code: 'E_FORMAT', at, field: 'byte order', found: `${order}`, allowed: '0 little, 1 big' });
  return { version, isLittle: cursor.isLittle, longSize, pageSize, cursor } as const;
}

/** As `header_page` says; where it does not, as the kernel has it since 2009. */
function shapeOf(parts: Parts, long: number, isLittle: boolean): PageShape {
  const shape = parts.headerPage === undefined ? undefined : parseHeaderPage(parts.headerPage, isLittle);
  if (shape && !isFlaw(shape)) return shape;
  if (shape) parts.tell(shape);
  const longSize = long === 4 ? 4 : 8;
  return { stampAt: 0, commitAt: 8, longSize, dataAt: 8 + longSize, size: parts.pageSize, isLittle };
}

/** With pages of another size: a buffer of version 7 says its own. Fact: the kernel's are 4 KiB to 1 MiB. */
function sized(shape: PageShape, pageSize: number): PageShape {
  const isOne = pageSize >= 512 && pageSize <= 1 << 20 && (pageSize & (pageSize - 1)) === 0;
  return isOne && pageSize !== shape.size ? { ...shape, size: pageSize } : shape;
}

/** Data that lies on the next is cut there, so that no byte is read twice: a file of 1 MB could say that each of a thousand CPUs has all of it. */
function apart(parts: Parts): BufferPart[] {
  const all = parts.buffers
      .flatMap(({ cpus }) => cpus)
      .filter(({ size }) => size > 0)
      .sort((a, b) => a.at - b.at),
    kept = new Map<CpuData, CpuData>();
  for (const [i, data] of all.entries()) {
    const next = all[i + 1]?.at ?? Infinity,
      size = Math.min(data.size, next - data.at);
    if (size > 0) kept.set(data, { ...data, size });
    if (size < data.size)
      parts.tell(
        flaw({
          code: 'E_RANGE',
          at: data.at,
          field: `data of CPU ${data.cpu}`,
          found: `${data.size} bytes`,
          allowed: `${size} up to the next`,
        }),
      );
  }
  return parts.buffers.map((buffer) => ({ ...buffer, cpus: buffer.cpus.flatMap((data) => kept.get(data) ?? []) }));
}
