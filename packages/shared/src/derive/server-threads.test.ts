import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Dice } from '../fixtures/dice.ts';
import type { Asked } from './request-lines.ts';
import { type Served, ServerThreads } from './server-threads.ts';

const FUSE = 3;
const CONNECTION = 39;
/** Of messages: requests of these lengths, two of which FORGET and BATCH_FORGET have too. */
const lengths = [48, 56, 80, 80, 80, 96] as const;

/** A message in the queue of a server: a request, or with `asked` undefined one that no event tells of. */
interface Message {
  readonly bytes: number;
  readonly asked: Asked | undefined;
}

/**
 * `step`: each thread reads, then answers. `pool`: one thread reads, the others answer. `loop`: one thread reads and answers, several at a time, in any order.
 * `mixed`: each reads, and each answers what any of them has read.
 */
type Kind = 'step' | 'pool' | 'loop' | 'mixed';

/** One thread of a server. Between two of its acts anything may happen to others. */
interface Worker {
  readonly pid: number;
  /** It is in a read, and has taken this from the queue, and has not returned yet. */
  inRead: boolean;
  taken: Message | undefined;
  /** What it has returned with and not answered. */
  readonly holds: Asked[];
}

/** A server and its queue, act by act: what the kernel would tell goes to `threads`, and what is so is known here. */
class Twin {
  readonly threads = new ServerThreads();
  /** When each request was really taken: its read returned. */
  readonly taken = new Map<bigint, bigint>();
  readonly answering = new Map<bigint, bigint>();
  readonly told: { readonly unique: bigint; readonly served: Served }[] = [];
  private now = 0n;
  private unique = 0n;
  private readonly queue: Message[] = [];
  private readonly given: Asked[] = [];
  private readonly workers: readonly Worker[];
  private readonly dice: Dice;
  private readonly kind: Kind;
  /** Acts of a hundred that queue a request: from an idle server to one that does not keep up. */
  private readonly load: number;
  /** Nobody is told of anything: before the trace, or while records are lost. */
  private isSilent = true;

  constructor(dice: Dice, kind: Kind, workers: number) {
    this.dice = dice;
    this.kind = kind;
    this.load = 5 + dice.below(20);
    const n = kind === 'loop' ? 1 : workers;
    this.workers = Array.from({ length: n }, (_, i) => ({ pid: 100 + i, inRead: false, taken: undefined, holds: [] }));
  }

  run(acts: number): void {
    for (let i = 0; i < acts; i++) {
      const what = this.dice.below(100);
      if (i === 20 || (what === 0 && this.isSilent)) this.hear();
      else if (what === 1 && i > 20) this.isSilent = true;
      else if (what < this.load) this.ask();
      else if (what > 97) this.queue.push({ bytes: this.dice.pick([48, 80, 96]), asked: undefined });
      else this.act(this.dice.pick(this.workers));
    }
  }

  /** Any thread may answer what another has read. */
  private get isShared(): boolean {
    return this.kind === 'pool' || this.kind === 'mixed';
  }

  private hear(): void {
    if (this.isSilent) this.threads.forget();
    this.isSilent = false;
  }

  private tell(told: () => void): void {
    if (!this.isSilent) told();
  }

  private tick(): bigint {
    return (this.now += 1n + BigInt(this.dice.below(3)));
  }

  private ask(): void {
    const asked: Asked = { connection: CONNECTION, unique: (this.unique += 2n), bytes: this.dice.pick(lengths), sent: this.tick() };
    this.queue.push({ bytes: asked.bytes, asked });
    this.tell(() => this.threads.queued(asked));
  }

  private act(worker: Worker): void {
    if (worker.inRead) return this.read(worker);
    const isReader = this.kind !== 'pool' || worker === this.workers[0],
      isAnswerer = this.kind !== 'pool' || worker !== this.workers[0],
      held = this.isShared ? this.given : worker.holds,
      mayReadOn = this.kind !== 'step' || held.length === 0;
    if (isAnswerer && held.length > 0 && (!isReader || !mayReadOn || this.dice.below(2) === 0)) this.answer(worker, held);
    else if (isReader && mayReadOn) {
      worker.inRead = true;
      const at = this.tick();
      this.tell(() => this.threads.enter(worker.pid, at, FUSE, -1));
    }
  }

  /** First it takes the eldest message, some time later its call returns. */
  private read(worker: Worker): void {
    if (!worker.taken) {
      worker.taken = this.queue.shift();
      return;
    }
    const { bytes, asked } = worker.taken,
      at = this.tick();
    worker.taken = undefined;
    worker.inRead = false;
    this.tell(() => this.threads.exit(worker.pid, at, BigInt(bytes)));
    if (!asked) return;
    this.taken.set(asked.unique, at);
    (this.isShared ? this.given : worker.holds).push(asked);
  }

  private answer(worker: Worker, held: Asked[]): void {
    const [asked] = held.splice(this.dice.below(held.length), 1),
      begun = this.tick(),
      { pid } = worker;
    this.answering.set(asked!.unique, begun);
    this.tell(() => {
      this.threads.enter(pid, begun, -1, FUSE);
      this.told.push({ unique: asked!.unique, served: this.threads.ended(pid, this.tick(), asked!) });
      this.threads.exit(pid, this.tick(), 0n);
    });
  }
}

/** One that is queued at 10. */
const asked: Asked = { connection: CONNECTION, unique: 2n, bytes: 80, sent: 10n };

describe('ServerThreads', () => {
  const runs = {
    seed: fc.integer(),
    kind: fc.constantFrom<Kind[]>('step', 'pool', 'loop', 'mixed'),
    workers: fc.integer({ min: 2, max: 5 }),
  };

  test('never tells a time that is not so, however threads run, messages that nobody tells of come between, and records are lost', () => {
    const known = { step: 0, pool: 0, loop: 0, mixed: 0 },
      all = { ...known };
    fc.assert(
      fc.property(fc.record(runs), ({ seed, kind, workers }) => {
        const twin = new Twin(new Dice(seed), kind, workers);
        twin.run(3000);
        for (const { unique, served } of twin.told) {
          all[kind]++;
          if (served.taken !== 0n) known[kind]++;
          expect([0n, twin.taken.get(unique)]).toContain(served.taken);
          expect([0n, twin.answering.get(unique)]).toContain(served.answering);
        }
      }),
    );
    // It does tell, too.
    expect(known.step).toBeGreaterThan(all.step / 10);
    for (const kind of ['pool', 'loop', 'mixed'] as const) expect(known[kind]).toBeGreaterThan(0);
  });

  test('tells of a request that was alone when it was taken and when it was answered, whoever answers', () => {
    const threads = new ServerThreads();
    threads.enter(1, 5n, FUSE, -1);
    threads.queued(asked);
    threads.exit(1, 20n, 80n);
    threads.enter(2, 30n, -1, FUSE);
    expect(threads.ended(2, 40n, asked)).toEqual({ taken: 20n, answering: 30n });
  });

  test('tells only of the answer where a FORGET may have been what was taken, or the read was of another descriptor', () => {
    for (const [reads, from] of [
      [[80n, 80n], FUSE],
      [[80n], FUSE + 1],
      [[81n], FUSE],
      [[-4n], FUSE],
    ] as const) {
      const threads = new ServerThreads();
      threads.queued(asked);
      for (const [i, read] of reads.entries()) {
        threads.enter(i, 11n, from, -1);
        threads.exit(i, 20n, read);
      }
      threads.enter(0, 30n, -1, FUSE);
      expect(threads.ended(0, 40n, asked)).toEqual({ taken: 0n, answering: 30n });
    }
  });

  test('tells only of the answer to a request that was queued before all calls were heard of: its read may not have been', () => {
    const threads = new ServerThreads();
    threads.queued(asked);
    threads.since = 11n;
    threads.enter(1, 12n, FUSE, -1);
    threads.exit(1, 20n, 80n);
    threads.enter(1, 30n, -1, FUSE);
    expect(threads.ended(1, 40n, asked)).toEqual({ taken: 0n, answering: 30n });
  });

  test('tells nothing of a request that no write of its server ended: by io_uring, by a signal, or by the end of the mount', () => {
    const threads = new ServerThreads();
    threads.queued(asked);
    expect(threads.ended(1, 40n, asked)).toEqual({ taken: 0n, answering: 0n });
    expect(threads.ended(1, 50n, asked)).toEqual({ taken: 0n, answering: 0n });
  });

  test('learns from 64 requests that a server’s threads work in step, and then parts requests of one length that were there at once', () => {
    const threads = new ServerThreads();
    let now = 0n,
      unique = 0n;
    const both = (): Served[] => {
      const two = [1, 2].map((): Asked => ({ connection: CONNECTION, unique: (unique += 2n), bytes: 80, sent: ++now }));
      for (const asked of two) threads.queued(asked);
      for (const pid of [1, 2]) threads.enter(pid, ++now, FUSE, -1);
      for (const pid of [1, 2]) threads.exit(pid, ++now, 80n);
      return two.map((asked, i) => {
        threads.enter(1 + i, ++now, -1, FUSE);
        const served = threads.ended(1 + i, ++now, asked);
        threads.exit(1 + i, ++now, 0n);
        return served;
      });
    };
    expect(both().map(({ taken }) => taken)).toEqual([0n, 0n]);
    for (let n = 0; n < 32; n++) both();
    const at = now;
    expect(both().map(({ taken }) => taken - at)).toEqual([5n, 6n]);
  });
});
