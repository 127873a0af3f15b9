import { utf8Text } from '../../units/index.ts';
import type { FileCursor } from './file-cursor.ts';
import type { Parts } from './parts.ts';

/*
 * The texts that both versions hold in the same shape: version 6 one after the other, version 7 each in a section of its own.
 * Fact: spec/protocol.md 7.4.
 */
const MAX_TEXT = 4 << 20;
const MAX_NAME = 4096;
/** An event's id has 16 bits. */
const MOST_FORMATS = 1 << 16;
const MOST_SYSTEMS = 1 << 12;

/** "header_page" and its text, "header_event" and its text. */
export function readHeaderInfo(cursor: FileCursor, parts: Parts): void {
  for (const name of ['header_page', 'header_event']) {
    const at = cursor.at,
      found = cursor.text(name, MAX_NAME);
    if (found !== name) cursor.refuse({ code: 'E_FORMAT', at, field: name, found: JSON.stringify(found.slice(0, 40)), allowed: name });
    const text = readText(cursor, `text of ${name}`);
    if (name === 'header_page' && !cursor.flaw) parts.headerPage = text;
  }
}

/** The events of the tracer itself. */
export function readFtraceFormats(cursor: FileCursor, parts: Parts): void {
  readFormats(cursor, 'ftrace', parts);
}

/** The events of all systems that were recorded. */
export function readSystems(cursor: FileCursor, parts: Parts): void {
  const count = counted(cursor, 'count of systems', MOST_SYSTEMS);
  for (let i = 0; i < count && !cursor.flaw; i++) readFormats(cursor, cursor.text('name of a system', MAX_NAME), parts);
}

/** Lines `pid name`. */
export function readCommands(cursor: FileCursor, parts: Parts): void {
  const commands = new Map<number, string>();
  for (const line of readText(cursor, 'command lines').split('\n')) {
    const found = /^\s*(\d{1,10}) (.+)$/.exec(line);
    if (found) commands.set(Number(found[1]), found[2]!);
  }
  parts.commands = commands;
}

/** A u32 and so many bytes: their place, read when somebody wants them. */
export function skipLong(cursor: FileCursor, field: string): { at: number; size: number } {
  const size = cursor.u32(`size of ${field}`),
    at = cursor.at;
  cursor.skip(field, size);
  return { at, size };
}

function readFormats(cursor: FileCursor, system: string, parts: Parts): void {
  const count = counted(cursor, `count of events of ${system}`, MOST_FORMATS);
  for (let i = 0; i < count && !cursor.flaw; i++) {
    const text = readBytes(cursor, `format of an event of ${system}`);
    if (!cursor.flaw) parts.formats.add(system, text);
  }
}

/** A u64 and so many bytes. */
const readBytes = (cursor: FileCursor, field: string): Uint8Array => cursor.bytes(field, cursor.place(`size of ${field}`), MAX_TEXT);
const readText = (cursor: FileCursor, field: string): string => utf8Text(readBytes(cursor, field));

function counted(cursor: FileCursor, field: string, most: number): number {
  const at = cursor.at,
    count = cursor.u32(field);
  if (count <= most) return count;
  cursor.refuse({ code: 'E_TOO_BIG', at, field, found: `${count}`, allowed: `0 to ${most}` });
  return 0;
}
