import type { Frame } from '@mapscope/shared/trace';
import { Credit } from './credit.ts';
import { type Recorded, type Stretch, StretchFrames } from './stretch.ts';
import { type Overview, readOverview } from './overview.ts';
import { clockOf } from './said-clock.ts';

/** Bytes of a range that may be on their way: they are kept as they come, so the pace is the line's. */
const CREDITS = 8 << 20;

/** Ids under which the past is asked for; the stream has 1. Each range has an id of its own: frames of one that was let go may still be on their way. */
const OVERVIEW = 2,
  FIND = 3,
  FIRST_RANGE = 4;

interface Asked<T> {
  readonly resolve: (answer: T) => void;
  readonly reject: (why: Error) => void;
}

/** The agent says why not; `code` as in docs/architecture.md. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Range extends Asked<Stretch> {
  readonly frames: StretchFrames;
  readonly credit: Credit;
}

/** What a page asks of the agent's recording, over the line that the stream comes on. */
export class Looking implements Recorded {
  /** False: there is no line. */
  private readonly send: (message: object) => boolean;
  private readonly ranges = new Map<number, Range>();
  private overviewAsked: Asked<Overview> | undefined;
  private findAsked: Asked<bigint | undefined> | undefined;
  private nextId = FIRST_RANGE;

  constructor(send: (message: object) => boolean) {
    this.send = send;
  }

  stretch(at: bigint, signal?: AbortSignal): Promise<Stretch> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      if (!this.send({ id, range: { from: `${at}`, to: `${at}`, credits: CREDITS } })) return reject(noLine);
      this.ranges.set(id, { resolve, reject, frames: new StretchFrames(), credit: new Credit(CREDITS) });
      signal?.addEventListener('abort', () => this.letGo(id)?.reject(signal.reason as Error));
    });
  }

  overview(bins: number): Promise<Overview> {
    this.overviewAsked?.reject(new Error('it was asked for again'));
    return new Promise((resolve, reject) => {
      if (this.send({ id: OVERVIEW, overview: bins })) this.overviewAsked = { resolve, reject };
      else reject(noLine);
    });
  }

  find(inode: number, at: bigint, by: 1 | -1): Promise<bigint | undefined> {
    this.takeFind()?.reject(new Error('something else was looked for'));
    return new Promise((resolve, reject) => {
      if (this.send({ id: FIND, find: { inode, at: `${at}`, by } })) this.findAsked = { resolve, reject };
      else reject(noLine);
    });
  }

  /** A frame under the id of a range. */
  frame(frame: Frame): void {
    const id = frame.subscription,
      range = this.ranges.get(id);
    if (!range) return;
    range.frames.add(frame);
    const lump = range.credit.reduced(frame.bytes.length);
    if (lump > 0) this.send({ id, credit: lump });
  }

  /** What the agent said about the past; false: it was about something else. */
  text({ id, range, overview, found, refused }: Readonly<Record<string, unknown>>): boolean {
    if (isObject(range)) {
      const asked = this.letGo(id);
      asked?.resolve(asked.frames.end(boundsOf(range)));
    } else if (isObject(overview)) this.takeOverview()?.resolve(readOverview(overview));
    else if (found !== undefined) this.takeFind()?.resolve(isObject(found) ? clockOf(found['at']) : undefined);
    else if (isObject(refused)) {
      const { code, message, help } = refused,
        asked = id === OVERVIEW ? this.takeOverview() : id === FIND ? this.takeFind() : this.letGo(id);
      asked?.reject(new Refusal(typeof code === 'string' ? code : '', `${sentence(message)} ${sentence(help)}`.trim()));
    } else return false;
    return true;
  }

  /** The line broke: nothing of what was asked will come. */
  broken(): void {
    for (const { reject } of this.ranges.values()) reject(noLine);
    this.ranges.clear();
    this.takeOverview()?.reject(noLine);
    this.takeFind()?.reject(noLine);
  }

  private takeOverview(): Asked<Overview> | undefined {
    const asked = this.overviewAsked;
    this.overviewAsked = undefined;
    return asked;
  }

  private takeFind(): Asked<bigint | undefined> | undefined {
    const asked = this.findAsked;
    this.findAsked = undefined;
    return asked;
  }

  /** A range is over, for us and for the agent. */
  private letGo(id: unknown): Range | undefined {
    const range = typeof id === 'number' ? this.ranges.get(id) : undefined;
    if (!range) return undefined;
    this.ranges.delete(id as number);
    this.send({ id, unsubscribe: true });
    return range;
  }
}

const noLine = new Error('There is no connection to the agent.');

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const sentence = (value: unknown): string =>
  typeof value === 'string' && value !== '' ? `${value[0]!.toUpperCase()}${value.slice(1)}.` : '';

const boundsOf = ({
  from,
  until,
  next,
  damage,
}: Readonly<Record<string, unknown>>): Pick<Stretch, 'from' | 'until' | 'next' | 'damage'> => ({
  from: clockOf(from) ?? 0n,
  until: clockOf(until) ?? 0n,
  next: clockOf(next),
  damage: typeof damage === 'number' ? damage : 0,
});
