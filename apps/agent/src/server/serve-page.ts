import type { RawData, WebSocket } from 'ws';
import type { Problem } from '@mapscope/shared/units';
import { findIn, type History, type Hub, LookBack, overviewOf } from '../hub/index.ts';
import { type Message, parseMessage } from './messages.ts';
import { Rate } from './rate.ts';

export interface PageOptions {
  readonly hub: Hub;
  /** What is kept of the past, where anything is. */
  readonly history: History | undefined;
  /** A page wants these files looked at again. Nobody promises that it happens. */
  readonly refresh: (inodes: readonly number[]) => void;
  readonly log: (facts: object, sentence: string) => void;
}

/** Bytes that Node keeps for a socket whose peer reads slowly. */
const MAX_BUFFERED = 4 << 20;
/** Subscriptions, and ranges, of one page. */
const MAX_STREAMS = 8;
/** A page returns credits, sometimes once a frame, and sometimes catches up. */
const MESSAGES = { perSecond: 2000, burst: 4000 } as const;
const REFRESHES = { perSecond: 20, burst: 40 } as const;
/** Each reads the disk. A person who drags through time asks for what he sees, not for all that he passes. */
const LOOKS = { perSecond: 20, burst: 40 } as const;
/** WebSocket close code. Source: RFC 6455 7.4.1. */
const POLICY = 1008;

const nothingKept = { code: 'E_NO_HISTORY', message: 'no recording is kept of this run', help: 'Start mapscope without --spool off' };
const tooOften = { code: 'E_RATE', message: `more than ${LOOKS.perSecond} looks back a second`, help: 'Try again in a second' };

/** Frames under one id: of the stream, or of the past. */
interface Stream {
  credit(bytes: number): void;
  pause(isPaused: boolean): void;
  /** Nothing more is sent. */
  readonly leave: () => void;
}

/** One page: what it asks for, until it goes or breaks the protocol (docs/architecture.md "WebSocket"). */
export function servePage(client: WebSocket, { hub, history, refresh, log }: PageOptions): void {
  const streams = new Map<number, Stream>(),
    now = performance.now(),
    rate = new Rate(MESSAGES.perSecond, MESSAGES.burst, now),
    refreshes = new Rate(REFRESHES.perSecond, REFRESHES.burst, now),
    looks = new Rate(LOOKS.perSecond, LOOKS.burst, now);
  const say = (value: object): void => client.send(JSON.stringify(value));
  const refuse = (id: number, { code, message, help }: Pick<Problem, 'code' | 'message' | 'help'>): void =>
    say({ id, refused: { code, message, help } });
  const flight = { send: (frame: Uint8Array) => client.send(frame), room: () => MAX_BUFFERED - client.bufferedAmount };

  const cutOff = (id: number | null, code: string, message: string): void => {
    log({ code, message }, 'a page was cut off');
    say({ id, error: { code, message, help: 'docs/architecture.md "WebSocket" lists the messages' } });
    client.close(POLICY, code);
    leaveAll();
  };
  const leaveAll = (): void => {
    for (const { leave } of streams.values()) leave();
    streams.clear();
  };
  /** Under an id that is in use, what was there ends. Answers whether there is room for another. */
  const makeRoom = (id: number): boolean => {
    streams.get(id)?.leave();
    streams.delete(id);
    if (streams.size < MAX_STREAMS) return true;
    cutOff(id, 'E_SUBSCRIPTIONS', `a page may have ${MAX_STREAMS} subscriptions and ranges`);
    return false;
  };
  const subscribe = (id: number, { inodes, credits }: Asked<'subscribe'>): void => {
    if (!makeRoom(id)) return;
    const [subscription, leave] = hub.subscribe({ id, inodes: inodes === 'all' ? 'all' : new Set(inodes), credits, ...flight });
    streams.set(id, { credit: (bytes) => subscription.credit(bytes), pause: (isPaused) => subscription.pause(isPaused), leave });
  };
  const lookBack = (id: number, { from, to, credits }: Asked<'range'>): void => {
    if (!history) return refuse(id, nothingKept);
    if (!looks.take(performance.now())) return refuse(id, tooOften);
    if (!makeRoom(id)) return;
    const look = new LookBack(history, {
      id,
      from,
      to,
      credits,
      ...flight,
      ended: ({ from, until, next, flaws }) =>
        say({
          id,
          range: { from: String(from), until: String(until), next: next === undefined ? null : String(next), damage: flaws.length },
        }),
      refused: (why, cause) => {
        if (cause !== undefined) log({ err: cause }, 'a look back could not be read');
        refuse(id, why);
      },
    });
    streams.set(id, { credit: (bytes) => look.credit(bytes), pause: (isPaused) => look.pause(isPaused), leave: () => look.close() });
  };
  /** What the index of the past tells, mostly without reading it. */
  const ask = async (id: number, answer: (history: History) => object | Promise<object>): Promise<void> => {
    if (!history) return refuse(id, nothingKept);
    if (!looks.take(performance.now())) return refuse(id, tooOften);
    say({ id, ...(await answer(history)) });
  };
  const obey = (message: Message): void => {
    const { id } = message;
    if ('subscribe' in message) return subscribe(id, message.subscribe);
    if ('range' in message) return lookBack(id, message.range);
    if ('overview' in message) return void ask(id, async (it) => ({ overview: await overviewOf(it, message.overview) }));
    if ('find' in message) return void ask(id, (it) => ({ found: findIn(it, message.find.inode, message.find.at, message.find.by) }));
    if ('refresh' in message) {
      if (refreshes.take(performance.now())) refresh(message.refresh);
      return;
    }
    const found = streams.get(id);
    if (!found) return cutOff(id, 'E_NO_SUBSCRIPTION', `there is no subscription ${id}`);
    if ('credit' in message) found.credit(message.credit);
    else if ('pause' in message) found.pause(message.pause);
    else {
      found.leave();
      streams.delete(id);
    }
  };
  client.on('message', (data: RawData, isBinary: boolean) => {
    if (client.readyState !== client.OPEN) return;
    if (!rate.take(performance.now())) return cutOff(null, 'E_RATE', `more than ${MESSAGES.perSecond} messages a second`);
    const message = isBinary ? 'it is binary' : parseMessage((data as Buffer).toString('utf8'));
    if (typeof message === 'string') cutOff(null, 'E_MESSAGE', message);
    else obey(message);
  });
  // ws has closed the connection already, with the code that fits: too long, no UTF-8, no WebSocket.
  client.on('error', (error) => log({ message: error.message }, 'a page broke the protocol'));
  client.on('close', leaveAll);
}

type Asked<K extends string> = Extract<Message, Record<K, unknown>>[K];
