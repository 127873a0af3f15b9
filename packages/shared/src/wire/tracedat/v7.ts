import { type Flaw, flaw, isFlaw } from '../../units/index.ts';
import { readCommands, readFtraceFormats, readHeaderInfo, readSystems } from './bodies.ts';
import type { FileCursor } from './file-cursor.ts';
import { OptionId, readOptions } from './options.ts';
import { cpusWithoutTable } from './orphan.ts';
import { type CpuData, MOST_BUFFERS, MOST_CPUS, type Parts } from './parts.ts';
import { bodyOf, type Opened, readSection, SECTION_HEAD, type Section, sectionsFrom } from './section.ts';

/** trace-cmd writes one, and another for each round of instances. */
const MOST_OPTION_SECTIONS = 64;
const MAX_NAME = 4096;

/** What stands in a section of each id. Its body has the shape of version 6. */
const bodies: Readonly<Record<number, (cursor: FileCursor, parts: Parts) => void>> = {
  [OptionId.HEADER_INFO]: readHeaderInfo,
  [OptionId.FTRACE_EVENTS]: readFtraceFormats,
  [OptionId.EVENT_FORMATS]: readSystems,
  [OptionId.CMDLINES]: readCommands,
};

/** Version 7: a chain of option sections names all others. */
export class V7 {
  /** Places of the sections that were read, so that none is read twice. */
  private readonly read = new Set<number>();
  /** Places of the sections of pages that an option names. */
  private readonly named = new Set<number>();
  private readonly file: Opened;
  private readonly parts: Parts;

  constructor(file: Opened, parts: Parts) {
    this.file = file;
    this.parts = parts;
  }

  /** Reads every section that the chain beginning at `first` names. Answers where the chain breaks. */
  follow(first: number): Flaw | undefined {
    const chain = new Set<number>();
    for (let at = first; at !== 0;) {
      const refuse = (code: string, found: string, allowed: string): Flaw => flaw({ code, at, field: 'options section', found, allowed });
      if (chain.has(at)) return refuse('E_LOOP', `place ${at} again`, 'each place once');
      if (chain.size >= MOST_OPTION_SECTIONS) return refuse('E_TOO_BIG', `more than ${chain.size}`, `${MOST_OPTION_SECTIONS}`);
      chain.add(at);
      const section = readSection(this.file, at);
      if (isFlaw(section)) return section;
      if (section.id !== OptionId.DONE) return refuse('E_FORMAT', `section id ${section.id}`, `${OptionId.DONE}`);
      const next = this.options(section);
      if (isFlaw(next)) return next;
      at = next;
    }
    return undefined;
  }

  /** Reads what the chain did not reach: sections stand one behind the other from `begin` on. */
  search(begin: number): void {
    const data: Section[] = [];
    let options = 0;
    for (const section of sectionsFrom(this.file, begin)) {
      if (section.id === OptionId.BUFFER) data.push(section);
      else if (section.id !== OptionId.DONE) this.section(section.id, section);
      else if (options++ < MOST_OPTION_SECTIONS) {
        const next = this.options(section);
        if (isFlaw(next)) this.parts.tell(next);
      }
    }
    for (const section of data)
      if (!this.named.has(section.at) && this.parts.buffers.length < MOST_BUFFERS)
        this.parts.buffers.push({ name: '', clock: this.parts.clock, pageSize: 0, cpus: cpusWithoutTable(this.file, section, this.parts) });
  }

  /** Reads one section of options; answers where the next one is, 0: nowhere. */
  private options(section: Section): number | Flaw {
    if (this.read.has(section.at)) return 0;
    this.read.add(section.at);
    const cursor = bodyOf(this.file, section);
    if (isFlaw(cursor)) return cursor;
    readOptions(cursor, this.parts, (id, body) => this.option(id, body));
    const next = cursor.u32('size of the last option') === 8 ? cursor.place('place of the next options') : 0;
    return cursor.flaw ?? next;
  }

  private option(id: number, body: FileCursor): void {
    if (id === OptionId.BUFFER) return this.buffer(body);
    if (id !== OptionId.BUFFER_TEXT && id !== OptionId.KALLSYMS && !(id in bodies)) return;
    const at = body.place(`place of section ${id}`);
    if (body.flaw) return;
    const section = readSection(this.file, at);
    if (isFlaw(section)) this.parts.tell(section);
    else if (section.id === id) this.section(id, section);
    else this.parts.tell(flaw({ code: 'E_FORMAT', at, field: `section ${id}`, found: `section id ${section.id}`, allowed: `${id}` }));
  }

  private section(id: number, section: Section): void {
    if (this.read.has(section.at)) return;
    this.read.add(section.at);
    const { parts } = this,
      stretch = { at: section.at + SECTION_HEAD, size: section.size, isPacked: section.isPacked };
    if (id === OptionId.KALLSYMS) parts.kallsyms = stretch;
    else if (id === OptionId.BUFFER_TEXT) parts.text = stretch;
    const body = bodies[id];
    if (!body) return;
    const cursor = bodyOf(this.file, section);
    if (isFlaw(cursor)) return parts.tell(cursor);
    body(cursor, parts);
    parts.tell(cursor.flaw);
  }

  private buffer(body: FileCursor): void {
    const at = body.place('place of a buffer'),
      name = body.text('name of a buffer', MAX_NAME),
      clock = body.text('clock of a buffer', MAX_NAME),
      pageSize = body.u32('page size of a buffer'),
      count = body.u32('count of CPUs');
    if (count > MOST_CPUS || this.parts.buffers.length >= MOST_BUFFERS)
      body.refuse({ code: 'E_TOO_BIG', at: body.at, field: 'CPUs of a buffer', found: `${count}`, allowed: `0 to ${MOST_CPUS}` });
    if (body.flaw) return;
    // Without data there may be no section.
    const section = count > 0 ? readSection(this.file, at) : undefined;
    if (isFlaw(section)) this.parts.tell(section);
    const isPacked = section !== undefined && !isFlaw(section) && section.isPacked,
      cpus: CpuData[] = [];
    for (let i = 0; i < count && !body.flaw; i++) {
      const cpu = body.u32('number of a CPU'),
        place = body.place(`place of CPU ${cpu}`),
        size = body.place(`size of CPU ${cpu}`);
      if (!body.flaw && cpu <= MOST_CPUS) cpus.push({ cpu, at: place, size, isPacked });
    }
    this.named.add(at);
    this.parts.buffers.push({ name, clock, pageSize, cpus });
  }
}
