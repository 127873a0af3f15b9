import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type Problem, problem } from '@mapscope/shared/units';
import { type FileIdentity, type Filesystem, Refused } from '../../host/index.ts';
import { ownProgram, readLines } from '../../pipe/index.ts';
import { type Asked, identityOf, type Said } from '../names/said.ts';
import { pathOf } from './path-text.ts';
import type { Was } from './paths.ts';

/** What becomes of files on FUSE mounts. */
export interface HearsServed {
  /** These threads are ours. */
  threads(threads: readonly number[]): void;
  /** A watched path lies on this filesystem; all below it is meant where `isFolder`. */
  on(filesystem: Filesystem, blockSize: number, isFolder: boolean): void;
  found(path: Buffer, identity: FileIdentity, statDev: bigint): Promise<void>;
  sized(path: Buffer, dev: bigint, ino: bigint, size: bigint): void;
  left(path: Buffer, was: Was): void;
  /** Why nobody knows the names for now; undefined: they are known again. */
  silent(why: string | undefined): void;
}

/** How long it may say nothing: at the beginning, when it tells of each file that it meets, and later, when it speaks twice a second at least. */
const BEGIN_MS = 10_000;
const SILENT_MS = 3000;
const PROGRAM = 'names.js';

/** The names on FUSE mounts, asked for by a process of its own (`collector/names`): their servers may let it wait for ever, and nobody waits for it. */
export class ServedNames {
  private readonly hears: HearsServed;
  private readonly child: ChildProcess & { readonly stdin: Writable; readonly stdout: Readable };
  private work = Promise.resolve();
  private hasBegun = false;
  private isOver = false;
  private why: string | undefined;
  private silence: NodeJS.Timeout | undefined;

  constructor(hears: HearsServed) {
    this.hears = hears;
    this.child = spawn(...ownProgram(join(dirname(process.argv[1]!), PROGRAM)), {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'inherit'],
    }) as never;
    // It may end at any time; that is seen by the end of its output.
    this.child.stdin.on('error', () => undefined);
  }

  /** Resolves when everything that is there has been met. Throws `Refused`. */
  begin(asked: Asked): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: Problem): void => reject(new Refused(why)),
        where = asked.paths.join(', '),
        late = (): void =>
          fail(problem('E_TIMEOUT', `nothing was told of ${where} for ${BEGIN_MS / 1000} s`, 'Look whether what serves it runs'));
      this.expect(BEGIN_MS, late);
      const begun = (): void => {
        this.hasBegun = true;
        clearTimeout(this.silence);
        resolve();
      };
      this.child.on('error', () => this.ended(fail));
      readLines(
        this.child.stdout,
        (line) => {
          const said = JSON.parse(line) as Said;
          if (!this.hasBegun) this.expect(BEGIN_MS, late);
          // In order, though some have to wait for what the trace says.
          this.work = this.work.then(() => this.heard(said, begun, fail));
        },
        () => this.ended(fail),
      );
      this.child.stdin.write(`${JSON.stringify(asked)}\n`);
    });
  }

  /** Held by a server that does not answer it ends when that does; it has nothing of ours. */
  end(): void {
    this.isOver = true;
    clearTimeout(this.silence);
    this.child.kill('SIGKILL');
    this.child.stdout.destroy();
    this.child.unref();
  }

  private async heard(said: Said, begun: () => void, fail: (why: Problem) => void): Promise<void> {
    if (this.isOver) return;
    if ('threads' in said) this.hears.threads(said.threads);
    else if ('on' in said) this.hears.on(said.on, said.blockSize, said.isFolder);
    else if ('found' in said) await this.hears.found(pathOf(said.found.path), ...identityOf(said.found));
    else if ('sized' in said) {
      const { path, dev, ino, size } = said.sized;
      this.hears.sized(pathOf(path), BigInt(dev), BigInt(ino), BigInt(size));
    } else if ('left' in said) this.hears.left(pathOf(said.left), said.was);
    else if ('begun' in said) begun();
    else if ('refused' in said) fail(said.refused);
    else this.answers(!said.isSilent);
  }

  /** It has said whether it gets answers. Held as a whole it says nothing at all. */
  private answers(doesIt: boolean): void {
    this.expect(SILENT_MS, () => this.silent('what serves the mount does not answer'));
    this.silent(doesIt ? undefined : 'what serves the mount does not answer');
  }

  /** Another line within so many milliseconds. */
  private expect(ms: number, late: () => void): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(late, ms);
  }

  private ended(fail: (why: Problem) => void): void {
    if (this.isOver) return;
    this.end();
    this.silent('the process that asks for them has ended');
    fail(problem('E_NAMES', 'the process that asks for the names on a FUSE mount has ended', 'The log says more'));
  }

  private silent(why: string | undefined): void {
    if (this.why === why) return;
    this.why = why;
    this.hears.silent(why);
  }
}
