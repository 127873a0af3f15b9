import { utf8Text } from '../../units/index.ts';
import { parseRingStats } from '../ftrace-stats.ts';
import { inMemory } from './bytes.ts';
import { FileCursor } from './file-cursor.ts';
import type { Parts } from './parts.ts';

/** Fact: spec/protocol.md 7.4. Both versions have the first fifteen. */
export const OptionId = {
  DONE: 0,
  DATE: 1,
  CPUSTAT: 2,
  BUFFER: 3,
  TRACECLOCK: 4,
  UNAME: 5,
  OFFSET: 7,
  CPUCOUNT: 8,
  VERSION: 9,
  TIME_SHIFT: 12,
  TSC2NSEC: 14,
  HEADER_INFO: 16,
  FTRACE_EVENTS: 17,
  EVENT_FORMATS: 18,
  KALLSYMS: 19,
  PRINTK: 20,
  CMDLINES: 21,
  BUFFER_TEXT: 22,
} as const;

const MAX_OPTION = 4 << 20;
/** Each has 6 bytes at least, and trace-cmd writes a dozen and one a CPU. */
const MOST_OPTIONS = 1 << 16;

/** Takes an option that is not the same in both versions; `body` reads its data. */
export type TakeOption = (id: number, body: FileCursor) => void;

/**
 * Options one after the other until id 0; what follows that id differs, and is left to the caller. What is the same in
 * both versions goes to `parts`, the rest to `take`.
 */
export function readOptions(cursor: FileCursor, parts: Parts, take: TakeOption): void {
  for (let n = 0; !cursor.flaw; n++) {
    const at = cursor.at,
      id = cursor.u16('option id');
    if (id === OptionId.DONE || cursor.flaw) return;
    if (n >= MOST_OPTIONS) {
      cursor.refuse({ code: 'E_TOO_BIG', at, field: 'options', found: `more than ${n}`, allowed: `${MOST_OPTIONS}` });
      return;
    }
    const size = cursor.u32('option size'),
      from = cursor.at,
      bytes = cursor.bytes(`option ${id}`, size, MAX_OPTION);
    if (cursor.flaw) return;
    const body = new FileCursor(inMemory(bytes), 0, { isLittle: cursor.isLittle, placeOf: (place) => from + place });
    if (!keep(id, bytes, body, parts)) take(id, body);
    parts.tell(body.flaw);
  }
}

/** Answers whether the option is one of those that say the same in both versions. */
function keep(id: number, bytes: Uint8Array, body: FileCursor, parts: Parts): boolean {
  const text = (): string => utf8Text(bytes).replace(/\0[\s\S]*$/, '');
  switch (id) {
    case OptionId.DATE:
      // The time of day less the trace's, in microseconds.
      parts.offset += readCount(text()) * 1000n;
      return true;
    case OptionId.OFFSET:
      parts.offset += readCount(text());
      return true;
    case OptionId.CPUSTAT:
      parts.stats.push(parseRingStats(text()));
      return true;
    case OptionId.TRACECLOCK:
      parts.clock = currentClock(text());
      return true;
    case OptionId.UNAME:
      parts.uname = text();
      return true;
    case OptionId.VERSION:
      parts.writer = text();
      return true;
    case OptionId.CPUCOUNT:
      parts.cpuCount = body.u32('count of CPUs');
      return true;
    case OptionId.TIME_SHIFT:
      parts.isGuest = true;
      return true;
    case OptionId.TSC2NSEC: {
      const mult = BigInt(body.u32('multiplier')),
        shift = BigInt(body.u32('shift'));
      if (mult > 0n && shift < 64n) parts.scale = { mult, shift };
      return true;
    }
    default:
      return false;
  }
}

/** Of `[local] global mono` the one in brackets; a single name is it. */
export const currentClock = (text: string): string => /\[([\w-]+)\]/.exec(text)?.[1] ?? /^\s*([\w-]+)\s*$/.exec(text)?.[1] ?? '';

/** As C's strtoll reads it: decimal, or hex with 0x, perhaps with a sign; 0 for anything else. */
function readCount(text: string): bigint {
  const found = /^\s*([+-]?)(0x[0-9a-f]{1,16}|\d{1,19})/i.exec(text);
  if (!found) return 0n;
  const n = BigInt(found[2]!);
  return found[1] === '-' ? -n : n;
}
