import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { orElse, pids } from '../../host/index.ts';

/** How often it is looked for servers while there is none, and while there are some: all processes are looked at. Milliseconds. */
const SEARCH_MS = 10_000;
const SEARCH_AGAIN_MS = 60_000;
/** A name that the kernel's filter takes between quotes. */
const QUOTABLE = /^[^"\\\p{Cc}]+$/u;

/**
 * Who serves some FUSE connections, as a filter of the kernel. By the names of their threads: one that is new has that of the thread that made it, and takes its first request before anybody could
 * have looked. Others of the same name pass too; what they do belongs to no request.
 */
export class Servers {
  private readonly connections: ReadonlySet<number>;
  private readonly own: ReadonlySet<number>;
  private pids: readonly number[] = [];
  private searched = -Infinity;

  /** `connections`: devices of the mounts, kernel's dev_t. `own`: threads of ours, which never pass. */
  constructor(connections: ReadonlySet<number>, own: ReadonlySet<number>) {
    this.connections = connections;
    this.own = own;
  }

  /** undefined: nobody serves them. */
  filter(now = performance.now()): string | undefined {
    let threads = this.threads();
    if (now - this.searched > (threads.length === 0 ? SEARCH_MS : SEARCH_AGAIN_MS)) {
      this.searched = now;
      this.pids = pids().filter((pid) => serves(pid, this.connections));
      threads = this.threads();
    }
    const names = [...new Set(threads.map(({ name }) => name))].sort(),
      terms = names.filter((name) => QUOTABLE.test(name)).map((name) => `comm == "${name}"`),
      others = threads.filter(({ name }) => !QUOTABLE.test(name)).map(({ tid }) => `common_pid == ${tid}`);
    if (terms.length + others.length === 0) return undefined;
    const ours = threadsOf('self').filter(({ tid, name }) => this.own.has(tid) && names.includes(name));
    return [`(${[...terms, ...others].join(' || ')})`, ...ours.map(({ tid }) => `common_pid != ${tid}`)].join(' && ');
  }

  private threads(): Thread[] {
    return this.pids.flatMap((pid) => threadsOf(pid));
  }
}

interface Thread {
  readonly tid: number;
  readonly name: string;
}

const threadsOf = (pid: number | 'self'): Thread[] =>
  orElse(() => readdirSync(`/proc/${pid}/task`), []).flatMap((tid) => {
    const name = orElse(() => readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').replace(/\n$/, ''), '');
    return name === '' ? [] : [{ tid: Number(tid), name }];
  });

/** Whether a process holds /dev/fuse for one of these connections; where the kernel does not say for which (before 6.13 or so), for any. */
const serves = (pid: number, connections: ReadonlySet<number>): boolean =>
  orElse(() => readdirSync(`/proc/${pid}/fd`), []).some((fd) => {
    if (orElse(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '') !== '/dev/fuse') return false;
    const said = /^fuse_connection:\s*(\d+)$/m.exec(orElse(() => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'), ''))?.[1];
    return said === undefined || connections.has(Number(said));
  });
