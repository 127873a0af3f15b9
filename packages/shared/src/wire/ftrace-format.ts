import { type Flaw, flaw } from '../units/index.ts';
import { parsePrint, type SymbolTable, symbolsOf } from './ftrace-print.ts';

/**
 * Where the value of a field is: in place (`scalar`, `array`), behind a u32 of offset and length counted from the record (`dataLoc`) or
 * from the end of that u32 (`relLoc`), or from its offset to the end of the record (`rest`).
 */
export type FieldForm = 'scalar' | 'array' | 'dataLoc' | 'relLoc' | 'rest';

export interface FtraceField {
  readonly name: string;
  /** As in C, without name and dimension: `unsigned long`. */
  readonly type: string;
  /** Bytes from the start of the record. */
  readonly offset: number;
  readonly size: number;
  readonly isSigned: boolean;
  readonly form: FieldForm;
}

/** One event of one kernel, as its `format` file describes it. Only these ids and offsets are valid for a trace, never remembered ones. */
export interface FtraceFormat {
  readonly name: string;
  /** What `common_type` of its records says. */
  readonly id: number;
  readonly fields: ReadonlyMap<string, FtraceField>;
  /** A record shorter than this does not have all fields: whoever uses a reader has compared first. */
  readonly least: number;
  /** Byte order of its records: the readers of `ftrace-fields.ts` go by it. */
  readonly isLittle: boolean;
  /** Names of values by field, from `__print_flags` and `__print_symbolic`. */
  readonly symbols: ReadonlyMap<string, SymbolTable>;
  /** How the kernel prints it: the text behind `print fmt:`. */
  readonly print: string;
}

const FIELD = /^\s*field:([^;]+);\s*offset:\s*(\d+);\s*size:\s*(\d+);(?:\s*signed:\s*(\d+);)?/;
const DECLARATION = /^\s*(__data_loc\b|__rel_loc\b)?\s*(.*?)\s*([A-Za-z_]\w*)\s*(\[[^\]]*\])?\s*$/;
/** A record lies within one page: past this the text is no format. */
const MAX_OFFSET = 1 << 20;
const MAX_FIELDS = 1024;

/** Parse the text of an event's `format` file. Lines that say nothing known are left out; without a name or an id it is a flaw. */
export function parseFormat(text: string, isLittle = true): FtraceFormat | Flaw {
  const name = /^name:\s*(\S+)/m.exec(text)?.[1],
    id = /^ID:\s*(\d{1,5})\s*$/m.exec(text)?.[1];
  if (name === undefined) return flaw({ code: 'E_FORMAT', at: 0, field: 'name', found: 'none', allowed: 'a line "name:"' });
  if (id === undefined || Number(id) > 0xffff)
    return flaw({ code: 'E_FORMAT', at: 0, field: 'ID', found: id ?? 'none', allowed: 'a line "ID:", 0 to 65535' });
  const fields = parseFields(text);
  let least = 0;
  for (const { offset, size } of fields.values()) least = Math.max(least, offset + size);
  const print = /^print fmt:(.*)$/m.exec(text)?.[1] ?? '';
  return { name, id: Number(id), fields, least, isLittle, symbols: symbolsOf(parsePrint(print)), print };
}

/** The `field:` lines of a text; `header_page` is made of them too. */
export function parseFields(text: string): ReadonlyMap<string, FtraceField> {
  const fields = new Map<string, FtraceField>();
  for (const line of text.split('\n')) {
    const found = FIELD.exec(line),
      declared = found && DECLARATION.exec(found[1]!);
    if (!found || !declared) continue;
    const offset = Number(found[2]),
      size = Number(found[3]);
    if (offset > MAX_OFFSET || size > MAX_OFFSET || fields.size >= MAX_FIELDS) continue;
    const [, indirect, type, name, dimension] = declared;
    const form = formOf(indirect, dimension, size);
    fields.set(name!, { name: name!, type: type!, offset, size, isSigned: found[4] === '1', form });
  }
  return fields;
}

function formOf(indirect: string | undefined, dimension: string | undefined, size: number): FieldForm {
  if (indirect !== undefined) return indirect === '__data_loc' ? 'dataLoc' : 'relLoc';
  if (size === 0) return 'rest';
  return dimension === undefined && (size === 1 || size === 2 || size === 4 || size === 8) ? 'scalar' : 'array';
}
