import { InotifyBit } from '@mapscope/native';
import { Inotify } from './inotify.ts';
import { textOf } from './path-text.ts';

/** A file that is written to is looked at so often, and one that can have no watch of its own. Milliseconds. */
const AGAIN_MS = 50;
const UNHEARD_MS = 1000;

/** A file that was written to, and when it is looked at. */
interface Written {
  readonly path: Buffer;
  readonly at: number;
}

/**
 * Which files were written to or cut, whatever events of the trace tell. Each has a watch that notices one write and is gone, so that writes cost those who make them nothing
 * until it is looked at: the watch is new then, before its size is asked for. Where a server is asked for each path (`isServed`) the watch stays.
 */
export class Writes {
  private readonly changed: (path: Buffer) => void;
  private readonly inotify = new Inotify();
  private readonly byWatch = new Map<number, Buffer>();
  private readonly byPath = new Map<string, number>();
  private readonly written = new Map<string, Written>();
  private readonly served = new Set<string>();
  private readonly unheard = new Map<string, Buffer>();
  private nextUnheard = 0;

  constructor(changed: (path: Buffer) => void) {
    this.changed = changed;
  }

  /** The files that are listened to. */
  paths(): Iterable<Buffer> {
    return [...this.byWatch.values(), ...this.unheard.values(), ...[...this.written.values()].map(({ path }) => path)];
  }

  /** `fd`: it is open there, also with O_PATH. */
  listen(path: Buffer, fd: number, isServed: boolean): void {
    const key = textOf(path);
    if (isServed) this.served.add(key);
    this.keep(key, path, this.inotify.add(Buffer.from(`/proc/self/fd/${fd}`), InotifyBit.modify | (isServed ? 0 : InotifyBit.once)));
  }

  forget(path: Buffer): void {
    const key = textOf(path),
      watch = this.byPath.get(key);
    this.served.delete(key);
    this.unheard.delete(key);
    this.written.delete(key);
    this.byPath.delete(key);
    if (watch === undefined || !this.byWatch.get(watch)?.equals(path)) return;
    this.byWatch.delete(watch);
    this.inotify.remove(watch);
  }

  /** Takes what was noticed, and tells of files that were written to a while ago. */
  tick(): void {
    const now = performance.now();
    for (const { watch, bits } of this.inotify.take()) this.heard(watch, bits, now);
    for (const [key, { path, at }] of this.written) {
      if (at > now) break;
      this.written.delete(key);
      if (!this.served.has(key)) this.keep(key, path, this.inotify.add(path, InotifyBit.modify | InotifyBit.once | InotifyBit.dontFollow));
      this.changed(path);
    }
    if (now < this.nextUnheard) return;
    this.nextUnheard = now + UNHEARD_MS;
    for (const path of this.unheard.values()) this.changed(path);
  }

  end(): void {
    this.inotify.close();
  }

  private heard(watch: number, bits: number, now: number): void {
    if ((bits & InotifyBit.overflow) !== 0) for (const path of this.byWatch.values()) this.note(path, now);
    const path = this.byWatch.get(watch);
    if (!path) return;
    if ((bits & InotifyBit.modify) !== 0) this.note(path, now);
    if ((bits & InotifyBit.ignored) !== 0) this.byWatch.delete(watch);
  }

  private keep(key: string, path: Buffer, watch: number | undefined): void {
    if (watch === undefined) this.unheard.set(key, path);
    else {
      this.unheard.delete(key);
      this.byPath.set(key, watch);
      // By another name it is the same watch.
      this.byWatch.set(watch, path);
    }
  }

  private note(path: Buffer, now: number): void {
    const key = textOf(path);
    if (!this.written.has(key)) this.written.set(key, { path, at: now + AGAIN_MS });
  }
}
