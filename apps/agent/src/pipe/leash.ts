import type { Readable, Writable } from 'node:stream';
import type { Problem } from '@mapscope/shared/units';
import type { Asked, Order } from './roles.ts';
import { parseLine, readLines } from './lines.ts';

/** Why a child leaves: it was told to, or its supervisor is gone (and with it whoever would have cleaned up). */
type Leave = 'stop' | 'gone';

/** The child's end of the leash (docs/architecture.md "Processes"). */
export interface Leash<Start, Ready> {
  /** What the supervisor wants of this child: its first line. */
  readonly start: Start;
  /** Aborts once, with a `Leave` as its reason. */
  readonly signal: AbortSignal;
  readonly ready: (facts: Ready) => void;
  /** Says why this child cannot do its work; it should leave afterwards. */
  readonly failed: (problem: Problem) => void;
  /** Asks the supervisor for something it alone can do. */
  readonly ask: (what: Asked) => void;
}

/**
 * Takes up the leash: resolves with the supervisor's first line, `{"do":"start","with":{…}}`. Rejects when the supervisor leaves before it.
 * From then on `{"do":"stop"}` or the end of the pipe aborts `signal`, and other orders go to `onOrder`.
 */
export function takeLeash<Start, Ready>(
  onOrder: (order: Order) => void = () => undefined,
  down: Readable = process.stdin,
  up: Writable = process.stdout,
): Promise<Leash<Start, Ready>> {
  const leaving = new AbortController();
  const say = (line: object): void => void up.write(`${JSON.stringify(line)}\n`);
  // Nobody is there to be told any more: the end of the leash says the same.
  up.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    readLines(
      down,
      (line) => {
        const order = parseLine(line);
        if (order?.['do'] === 'start')
          resolve({
            start: order['with'] as Start,
            signal: leaving.signal,
            ready: (facts) => say({ ready: facts }),
            failed: (problem) => say({ failed: problem }),
            ask: (what) => say({ asked: what }),
          });
        else if (order?.['do'] === 'stop') leaving.abort('stop' satisfies Leave);
        else if (order) onOrder(order as unknown as Order);
      },
      () => {
        leaving.abort('gone' satisfies Leave);
        reject(new Error('the supervisor left before it said what to do'));
      },
    );
  });
}
