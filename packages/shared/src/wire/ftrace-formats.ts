import { type Flaw, isFlaw, utf8Text } from '../units/index.ts';
import { type FtraceFormat, parseFormat } from './ftrace-format.ts';

/** The name and the id stand in the first lines. */
const HEAD = 512;

interface Entry {
  readonly bytes: Uint8Array;
  /** What parsing gave, once somebody asked for it. */
  format?: FtraceFormat | undefined;
}

/**
 * The `format` texts of one trace. A file may hold those of 2000 events and have records of twenty, so a text is parsed when it is asked for.
 * Of two with the same id, or the same name, the first is meant.
 */
export class Formats {
  private readonly ids = new Map<number, Entry>();
  private readonly names = new Map<string, Entry>();
  private readonly isLittle: boolean;
  private readonly tell: (flaw: Flaw) => void;

  /** `tell` gets what is wrong with a text. */
  constructor(isLittle: boolean, tell: (flaw: Flaw) => void) {
    this.isLittle = isLittle;
    this.tell = tell;
  }

  get size(): number {
    return this.ids.size;
  }

  /** `bytes` are the whole text; `system` as `xfs`, and `ftrace` for the events of the tracer itself. */
  add(system: string, bytes: Uint8Array): void {
    const head = utf8Text(bytes.subarray(0, HEAD)),
      name = /^name:\s*(\S+)/m.exec(head)?.[1],
      id = Number(/^ID:\s*(\d{1,5})\s*$/m.exec(head)?.[1]),
      entry: Entry = { bytes };
    if (name === undefined || !(id <= 0xffff)) {
      this.parse(entry);
      return;
    }
    if (!this.ids.has(id)) this.ids.set(id, entry);
    if (!this.names.has(`${system}/${name}`)) this.names.set(`${system}/${name}`, entry);
  }

  /** By what `common_type` of a record says. */
  byId(id: number): FtraceFormat | undefined {
    return this.parse(this.ids.get(id));
  }

  byName(system: string, event: string): FtraceFormat | undefined {
    return this.parse(this.names.get(`${system}/${event}`));
  }

  private parse(entry: Entry | undefined): FtraceFormat | undefined {
    if (!entry || 'format' in entry) return entry?.format;
    const format = parseFormat(utf8Text(entry.bytes), this.isLittle);
    if (isFlaw(format)) this.tell(format);
    else entry.format = format;
    return (entry.format ??= undefined);
  }
}
