import type { FtraceFormat } from '../wire/index.ts';
import type { Orders } from './orders.ts';
import type { Rows } from './rows.ts';
import type { Steps } from './steps.ts';

/** What handlers of one deriver share. */
export interface Scene {
  readonly rows: Rows;
  readonly steps: Steps;
  readonly orders: Orders;
  readonly pageSize: bigint;
  readonly ownPids: ReadonlySet<number>;
}

/** Takes one record: its data at `at`, `size` bytes, not shorter than its format. */
export type Handle = (view: DataView, at: number, size: number, time: bigint, cpu: number, pid: number) => void;

/** What one tracepoint means for a kind of filesystem. */
export interface Rule {
  readonly system: string;
  readonly event: string;
  /** Prepares the readers for this kernel's format; undefined when a field that is needed is not in it, as if the event were absent. */
  readonly use: (format: FtraceFormat, scene: Scene) => Handle | undefined;
}
