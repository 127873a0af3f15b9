import type { Flaw } from '@mapscope/shared/units';
import type { FtraceFormat, TakeRecords, VisitRecord } from '@mapscope/shared/wire';

/** What the kernel itself counted as lost, where a trace says it. */
export interface KernelCount {
  readonly overrun: bigint;
  readonly dropped: bigint;
}

/** One way through the records of a trace, from the first to the last. */
export interface Pass {
  /** Takes some records; answers false when none are left. */
  step(): boolean;
  /** Time of the latest record taken. */
  readonly until: bigint;
}

/** One look at which records there are. */
export interface Scan {
  /** Visits some records; answers false when none are left. */
  step(): boolean;
  readonly records: number;
  /** Time of the earliest record, once all are visited. */
  readonly first: bigint;
}

/** A trace made elsewhere, whatever file it is in. */
export interface Trace {
  /** For people: `trace.dat version 7, zstd`. */
  readonly what: string;
  /** Clock of its times; '' where nothing says it. */
  readonly clock: string;
  /** Of the traced kernel, as far as the file says: `Linux vm 6.18.44 x86_64`. */
  readonly kernel: string;
  readonly pageSize: number;
  /** pid to name of its program. */
  readonly commands: ReadonlyMap<number, string>;
  /** Where the file makes no sense or stops. Grows while it is read. */
  readonly flaws: readonly Flaw[];
  readonly kernelCount: KernelCount | undefined;
  /** Of a text: events that are known, but not as they are printed in it. Nothing of them is read but their text. Grows while it is read. */
  readonly unread: ReadonlySet<string>;
  /** The event with this id, for a record whose `common_type` says it. */
  formatById(id: number): FtraceFormat | undefined;
  /** Byte order of the records. */
  readonly isLittle: boolean;
  /** Begins anew; a trace may be read several times. */
  read(to: TakeRecords): Pass;
  /** Visits every record, in any order. */
  scan(visit: VisitRecord): Scan;
  close(): void;
}
