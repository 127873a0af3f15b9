import { isFlaw, utf8 } from '../units/index.ts';
import { type FtraceField, type FtraceFormat, parseFormat } from './ftrace-format.ts';
import { TextPattern } from './ftrace-pattern.ts';
import { textCall } from './ftrace-text-calls.ts';
import type { Dialect, ToldValue } from './ftrace-told.ts';

/** A record made of text. Valid until the next one is made. */
export interface TextRecord {
  readonly view: DataView;
  readonly size: number;
}

const COMMON = 8;
const PID_AT = 4;
const SLOT = 8;
const MOST_IDS = 0xffff;
/** The whole text of an event that no known format printed. */
const TEXT = 'text';

/**
 * Makes records of texts. A format of their own describes them: it has the fields that the text told and no others, so that what a text cannot tell
 * is absent, as a field that a kernel does not have. The layout is ours, the names, widths and signs are those of the known format.
 */
export class TextRecords {
  /** By id, as records are told. */
  readonly formats: (FtraceFormat | undefined)[] = [undefined];
  private readonly patterns = new Map<string, { readonly pattern: TextPattern; readonly base: FtraceFormat }[]>();
  private readonly made = new Map<string, FtraceFormat>();
  /** Known events that were printed as one of their formats prints. */
  private readonly matched = new Set<string>();
  private readonly unknown = new Set<string>();
  private room = new DataView(new ArrayBuffer(1024));

  /** `known`: texts of `format` files, those of the likelier kernel first; their ids mean nothing here. */
  constructor(known: Iterable<string>, dialect: Dialect) {
    for (const text of known) {
      const base = parseFormat(text.replace(/^(ID:.*\n)?/m, 'ID: 1\n')),
        pattern = isFlaw(base) ? undefined : TextPattern.of(base, dialect);
      if (isFlaw(base) || !pattern) continue;
      const list = this.patterns.get(base.name);
      if (list) list.push({ pattern, base });
      else this.patterns.set(base.name, [{ pattern, base }]);
    }
  }

  /** Events that are known, but not as they are printed here: another kernel, or another option of tracefs. */
  get unread(): ReadonlySet<string> {
    return this.unknown;
  }

  /** undefined: there are more events than ids, or this text is damaged, since others of its event were read. */
  record(event: string, text: string, pid: number): TextRecord | undefined {
    const list = this.patterns.get(event) ?? [],
      call = list.length === 0 ? textCall(event, text) : undefined;
    if (call) return this.make({ ...unknownEvent, name: event, fields: call.fields }, call.told, pid);
    for (const [i, { pattern, base }] of list.entries()) {
      const told = pattern.match(text);
      if (!told) continue;
      // A trace is of one kernel: the next will be of the same.
      if (i > 0) list.unshift(...list.splice(i, 1));
      this.matched.add(event);
      this.unknown.delete(event);
      return this.make(base, told, pid);
    }
    if (this.matched.has(event)) return undefined;
    if (list.length > 0) this.unknown.add(event);
    return this.make({ ...unknownEvent, name: event }, new Map([[TEXT, text]]), pid);
  }

  private make(base: FtraceFormat, told: ReadonlyMap<string, ToldValue>, pid: number): TextRecord | undefined {
    const key = `${base.name} ${base.print} ${[...told].map(([name, value]) => `${name}${typeof value === 'string' ? ' text' : ''}`).join(' ')}`;
    let format = this.made.get(key);
    if (!format) {
      if (this.formats.length > MOST_IDS) return undefined;
      format = layOut(base, told, this.formats.length);
      this.formats.push(format);
      this.made.set(key, format);
    }
    return this.fill(format, told, pid);
  }

  private fill({ id, fields, least }: FtraceFormat, told: ReadonlyMap<string, ToldValue>, pid: number): TextRecord {
    let end = least;
    const view = this.hold(least);
    view.setUint16(0, id, true);
    view.setUint16(2, 0, true);
    view.setInt32(PID_AT, pid, true);
    for (const [name, value] of told) {
      const { offset, size } = fields.get(name)!;
      if (typeof value === 'string') {
        // The place and the length of a text have 16 bits each.
        const bytes = utf8(value).subarray(0, 0xffff - end);
        const { buffer } = this.hold(end + bytes.length);
        new Uint8Array(buffer).set(bytes, end);
        this.room.setUint32(offset, ((bytes.length << 16) | end) >>> 0, true);
        end += bytes.length;
      } else if (size === 8) this.room.setBigUint64(offset, value, true);
      else if (size === 4) this.room.setUint32(offset, Number(value), true);
      else if (size === 2) this.room.setUint16(offset, Number(value), true);
      else this.room.setUint8(offset, Number(value));
    }
    return { view: this.room, size: end };
  }

  /** Room for so many bytes; what is there stays. */
  private hold(size: number): DataView {
    if (size > this.room.byteLength) {
      const wider = new Uint8Array(size * 2);
      wider.set(new Uint8Array(this.room.buffer));
      this.room = new DataView(wider.buffer);
    }
    return this.room;
  }
}

const common: readonly FtraceField[] = [
  { name: 'common_type', type: 'unsigned short', offset: 0, size: 2, isSigned: false, form: 'scalar' },
  { name: 'common_flags', type: 'unsigned char', offset: 2, size: 1, isSigned: false, form: 'scalar' },
  { name: 'common_preempt_count', type: 'unsigned char', offset: 3, size: 1, isSigned: false, form: 'scalar' },
  { name: 'common_pid', type: 'int', offset: PID_AT, size: 4, isSigned: true, form: 'scalar' },
];
const textField: FtraceField = { name: TEXT, type: 'char', offset: COMMON, size: 4, isSigned: false, form: 'dataLoc' };
const unknownEvent: FtraceFormat = {
  name: '',
  id: 0,
  fields: new Map([[TEXT, textField]]),
  least: 0,
  isLittle: true,
  symbols: new Map(),
  print: '',
};

/** Whether a record of this format is nothing but the text of an event that could not be read. */
export const isUnread = ({ fields, print }: FtraceFormat): boolean => print === '' && fields.get(TEXT)?.type === textField.type;

/** Each field in a slot of 8 bytes; text, and the symbol of an address, behind them. */
function layOut(base: FtraceFormat, told: ReadonlyMap<string, ToldValue>, id: number): FtraceFormat {
  const fields = new Map(common.map((field) => [field.name, field]));
  let offset = COMMON;
  for (const field of base.fields.values()) {
    const value = told.get(field.name);
    if (value === undefined) continue;
    fields.set(
      field.name,
      typeof value === 'string' ? { ...field, type: 'char', offset, size: 4, isSigned: false, form: 'dataLoc' } : { ...field, offset },
    );
    offset += SLOT;
  }
  return { ...base, id, fields, least: offset, isLittle: true };
}
