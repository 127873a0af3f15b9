import { bigintOf, bytesOf, numberOf, textOf } from './ftrace-fields.ts';
import type { FtraceField, FtraceFormat } from './ftrace-format.ts';

/** Prints what a record holds: `,field=value` for each of its fields, the common ones left out. */
export type PrintRecord = (view: DataView, at: number, size: number) => string;

/**
 * A printer for the records of one event. Integers are decimal whatever their width, as the record has them: no name stands for a value. Text ends at
 * its NUL and without a line feed there; other bytes are hex. A field that a short record does not reach is left out.
 */
export function csvPrinter(format: FtraceFormat): PrintRecord {
  const fields = [...format.fields.values()]
    .filter(({ name }) => !name.startsWith('common_'))
    .map((field) => ({ end: field.offset + field.size, head: `,${field.name}=`, name: field.name, value: valueOf(format, field) }));
  return (view, at, size) => {
    let line = '';
    for (const { end, head, name, value } of fields)
      if (end <= size) {
        const text = value(view, at, size);
        line += mayNeedQuotes.test(text) ? `,${quoted(`${name}=${text}`)}` : head + text;
      }
    return line;
  };
}

/** A cell as RFC 4180 has it. */
export const csvCell = (text: string): string => (mayNeedQuotes.test(text) ? quoted(text) : text);

const mayNeedQuotes = /[",\r\n]/;
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

function valueOf(format: FtraceFormat, { name, type }: FtraceField): PrintRecord {
  const small = numberOf(format, name),
    wide = bigintOf(format, name);
  if (small) return (view, at) => String(small(view, at));
  if (wide) return (view, at) => String(wide(view, at));
  const text = textOf(format, name)!,
    bytes = bytesOf(format, name)!;
  if (/\bchar\b/.test(type)) return (view, at, size) => text(view, at, size).replace(/\n$/, '');
  return (view, at, size) => Array.from(bytes(view, at, size), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
