import { Asker } from '@mapscope/shared/trace';
import type { Caller } from '../filesystem.ts';

/** On whose behalf the engine asks the filesystem: it goes into every row. */
export interface Ask {
  readonly caller: Caller;
  /** Op of the request this belongs to; 0 for the engine's own work. */
  readonly parent: number;
  readonly role: Asker;
  /** The request came from a process of mapscope: answered, but its rows are left out. */
  readonly isHidden: boolean;
}

const kernel: Caller = { pid: 0, uid: 0, gid: 0 };

/** The engine's own writeback: like the kernel's it has no writer's pid. */
export const writebackAsk = (parent: number): Ask => ({ caller: kernel, parent, role: Asker.engine, isHidden: false });

/** Asking where things are now, after a change whose outcome only the filesystem knows. */
export const reportAsk = (parent: number): Ask => ({ caller: kernel, parent, role: Asker.mapscope, isHidden: false });
