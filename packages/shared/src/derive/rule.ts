import type { FtraceFormat } from '../wire/index.ts';
import type { ToldPlaces } from './btrfs/told-places.ts';
import type { Claims } from './claims.ts';
import type { Directs } from './directs.ts';
import type { Faults } from './faults.ts';
import type { Flights } from './flights.ts';
import type { Folios } from './folios.ts';
import type { Inode } from './inode.ts';
import type { Inodes } from './inodes.ts';
import type { Ioends } from './ioends.ts';
import type { Moment, Ops } from './ops.ts';
import type { Requests } from './requests.ts';
import type { Rows } from './rows.ts';
import type { ServerThreads } from './server-threads.ts';
import type { Spaces } from './spaces.ts';
import type { Steps } from './steps.ts';
import type { Tasks } from './tasks.ts';
import type { Transfers } from './transfers.ts';
import type { Upcalls } from './upcalls.ts';

/** What somebody outside hears of inodes while records are read: who knows names and sizes keeps them by it. */
export interface Hears {
  /** A new inode: nothing is in it. `parent`: the folder that it was made in, where that is told. Called before `identify` is asked for it. */
  born?(dev: number, ino: bigint, time: bigint, parent?: bigint): void;
  /** The inode is no more. */
  gone?(dev: number, ino: bigint, time: bigint): void;
  /** Its size, bytes, as an event told it. */
  sized?(inode: number, size: bigint, time: bigint): void;
}

/** What handlers of one deriver share. */
export interface Scene {
  readonly rows: Rows;
  readonly ops: Ops;
  readonly inodes: Inodes;
  readonly tasks: Tasks;
  readonly steps: Steps;
  readonly claims: Claims;
  readonly ioends: Ioends;
  readonly flights: Flights;
  readonly folios: Folios;
  readonly directs: Directs;
  readonly transfers: Transfers;
  readonly faults: Faults;
  readonly requests: Requests;
  readonly servers: ServerThreads;
  readonly upcalls: Upcalls;
  readonly spaces: Spaces;
  readonly places: ToldPlaces;
  readonly hears: Hears;
  readonly pageSize: bigint;
  readonly ownPids: ReadonlySet<number>;
  /** Whether FIEMAP and seek calls of others tell where data is; without, the model lives on what the work itself shows. */
  readonly takesReports: boolean;
  /** A new inode, and the folder that it was made in: its maps hold nothing. */
  readonly born: (moment: Moment, dev: number, ino: bigint, parent: bigint | undefined) => void;
  /** Whether a range whose pages left the cache may have been freed, since nothing tells of that. */
  readonly doubtsRemoved: (inode: Inode) => boolean;
  /** Whether records of this event come. */
  readonly has: (event: string) => boolean;
}

/** Takes one record: its data at `at`, `size` bytes, not shorter than its format. */
export type Handle = (view: DataView, at: number, size: number, moment: Moment) => void;

/** What one tracepoint means for a kind of filesystem. */
export interface Rule {
  readonly system: string;
  readonly event: string;
  /** Prepares the readers for this kernel's format; undefined when a field that is needed is not in it, as if the event were absent. */
  readonly use: (format: FtraceFormat, scene: Scene) => Handle | undefined;
}
