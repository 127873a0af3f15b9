import { type Flaw, flaw } from '../../units/index.ts';
import { Formats } from '../ftrace-formats.ts';
import type { RingStats } from '../ftrace-stats.ts';

/** Bytes of the file: where, how many, and whether they are packed in chunks. */
export interface Stretch {
  readonly at: number;
  readonly size: number;
  readonly isPacked: boolean;
}

/** The ring buffer pages of one CPU. */
export interface CpuData extends Stretch {
  readonly cpu: number;
}

/** One ring buffer: the top one, whose name is empty, or that of an instance. */
export interface BufferPart {
  readonly name: string;
  /** As the file says: `local`, `mono`, `x86-tsc`. */
  readonly clock: string;
  /** Bytes of its pages; 0: not said. */
  readonly pageSize: number;
  readonly cpus: readonly CpuData[];
}

/** How stamps become nanoseconds, when the clock does not count them: (stamp * mult) >> shift. */
export interface TscScale {
  readonly mult: bigint;
  readonly shift: bigint;
}

/** More than a machine has. */
export const MOST_CPUS = 1 << 14;
/** The top one and those of instances. */
export const MOST_BUFFERS = 256;

/** What a file says of itself, filled in the order of finding. Both versions fill the same. */
export class Parts {
  /** Only these ids and places are valid in this file. */
  readonly formats: Formats;
  /** Of the traced machine, as the head of the file says. A ring buffer's may differ. */
  readonly pageSize: number;
  headerPage: string | undefined;
  /** pid to name of its program. */
  commands: ReadonlyMap<number, string> = new Map();
  kallsyms: Stretch | undefined;
  /** Text of a latency tracer instead of pages. */
  text: Stretch | undefined;
  readonly buffers: BufferPart[] = [];
  clock = '';
  uname = '';
  /** Of trace-cmd. */
  writer = '';
  readonly stats: RingStats[] = [];
  cpuCount: number | undefined;
  scale: TscScale | undefined;
  /** Nanoseconds to add to every stamp. */
  offset = 0n;
  /** Times of a guest, not moved to those of its host. */
  isGuest = false;
  /** Where it makes no sense, and where it stops. */
  readonly flaws: Flaw[] = [];

  private readonly fileSize: number;

  constructor(isLittle: boolean, pageSize: number, fileSize: number) {
    this.pageSize = pageSize >= LEAST_PAGE && pageSize <= MOST_PAGE ? pageSize : 4096;
    this.fileSize = fileSize;
    this.formats = new Formats(isLittle, (found) => this.tell(found));
  }

  /** A place outside the file is told as its end; the same is told once, however often the file is read. */
  tell(found: Flaw | undefined): void {
    if (!found || this.flaws.length >= MOST_FLAWS) return;
    const told = found.at <= this.fileSize ? found : flaw({ ...found, at: this.fileSize });
    if (!this.flaws.some(({ code, at, field }) => code === told.code && at === told.at && field === told.field)) this.flaws.push(told);
  }
}

/** Anything else is no size of a page. */
const LEAST_PAGE = 512;
const MOST_PAGE = 1 << 20;
/** Further flaws of one file say nothing new. */
const MOST_FLAWS = 1000;
