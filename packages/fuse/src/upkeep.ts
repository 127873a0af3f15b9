import type { Engine } from './engine/engine.ts';
import type { Filesystem } from './filesystem.ts';
import type { Inode } from './inode.ts';
import type { Layouts } from './report/layouts.ts';
import { type Routine, run, settle, type Soon } from './routine.ts';
import type { Log } from './session.ts';

/** Blocks without a place get one when there are so many bytes of them in a file, or when they are this old. */
const DIRTY_BYTES = 8 << 20;
const DIRTY_NS = 5_000_000_000n;

/** What has to be done beside answering requests, so that nothing waits for ever and what was told stays true. */
export class Upkeep {
  private readonly fs: Filesystem;
  private readonly engine: Engine;
  private readonly layouts: Layouts;
  private readonly log: Log;
  private running = 0;

  constructor(fs: Filesystem, engine: Engine, layouts: Layouts, log: Log) {
    this.fs = fs;
    this.engine = engine;
    this.layouts = layouts;
    this.log = log;
  }

  /** Work of ours waits for a promise. */
  get isWaiting(): boolean {
    return this.running > 0;
  }

  /** Dirty blocks that are old get their places. */
  age(now: bigint): void {
    for (const inode of this.engine.dirtyInodes)
      if (!inode.isBusy && now - inode.dirty!.since > DIRTY_NS) this.inBackground('writeback', this.flush(inode));
  }

  *flushAll(): Routine<void> {
    for (const inode of this.engine.dirtyInodes) yield* this.flush(inode);
  }

  /** Within the turn of a write: not too much may wait for a place. */
  *afterWrite(inode: Inode, op: number): Routine<void> {
    if (inode.dirty && inode.dirty.bytes >= DIRTY_BYTES) yield* this.engine.flush(inode, op);
  }

  /** At the end of a turn: what the filesystem changed on the side is asked for, and the layout where the map is another now. */
  lookAgain(inode: Inode, op: number): Soon<void> {
    const changed = this.fs.takeChanged?.(inode.node);
    if (changed || inode.isLayoutStale) return run(this.look(inode, op, changed));
  }

  private *look(inode: Inode, op: number, changed: { readonly offset: bigint; readonly length: bigint } | undefined): Routine<void> {
    if (changed) yield* this.engine.walk(inode, op, changed.offset, changed.offset + changed.length);
    if (inode.isLayoutStale) yield* this.layouts.look(inode);
  }

  /** The layout of a file seen for the first time. */
  introduce(inode: Inode): void {
    this.inBackground('getFmap', this.layouts.look(inode));
  }

  private *flush(inode: Inode): Routine<void> {
    yield* settle(inode.takeTurn());
    try {
      yield* this.engine.flush(inode, 0);
      yield* settle(this.lookAgain(inode, 0));
    } finally {
      inode.giveTurn();
    }
  }

  /** Work that nobody waits for. */
  inBackground(what: string, routine: Routine<unknown>): void {
    const failed = (error: unknown): void => this.log('error', `${what} failed`, error);
    try {
      const done = run(routine);
      if (!(done instanceof Promise)) return;
      this.running++;
      void done.catch(failed).finally(() => this.running--);
    } catch (error) {
      failed(error);
    }
  }
}
