import { chmodSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type Problem, problem } from '@mapscope/shared/units';
import type { Hub } from '../hub/index.ts';
import { parseLine, threads } from '../pipe/index.ts';
import { decimal } from './decimal.ts';
import { sendRecording, type SendOptions } from './send-recording.ts';

export interface AgentSocketOptions {
  readonly hub: Hub;
  /** What `/api/health` says. */
  readonly health: () => object;
  /** What these threads do from now on is nobody's work. */
  readonly ignore: (threads: readonly number[]) => void;
  /** Ends the whole run. */
  readonly stop: () => void;
  readonly recording: SendOptions['recording'];
}

/** What must have come before: everything up to a time, or a mark. */
const after = { until: decimal.optional(), mark: z.string().max(1024).optional() };

const request = z.union([
  z.strictObject({ show: z.strictObject({ ino: decimal, until: decimal, size: decimal.optional() }) }),
  z.strictObject({
    claims: z.strictObject({
      dev: z.int().min(0).max(0xffff_ffff),
      root: decimal,
      ino: decimal,
      threads: threads.optional(),
      since: decimal.optional(),
      ...after,
    }),
  }),
  z.strictObject({ files: z.literal(true) }),
  z.strictObject({ status: z.literal(true) }),
  z.strictObject({ stop: z.literal(true) }),
  z.strictObject({ record: z.strictObject({}) }),
]);

const MAX_REQUEST = 4096;
/** Whoever connects has something to say. */
const REQUEST_WAIT_MS = 10_000;
/** How long `show` waits for the stream to pass its own start. The stream lags by some 50 ms; more means that it stands. */
const SHOW_WAIT_MS = 5000;
/** How long `claims` waits for the name of a file. */
const NAME_WAIT_MS = 1000;
const MAX_CLIENTS = 32;
/** How long a reader may take for the end of its recording. */
const CLOSE_WAIT_MS = 1000;

export interface AgentSocket {
  /** From here on requests are answered; those that came early have waited. */
  serve(options: AgentSocketOptions): void;
  /** Ends recordings well, and closes. */
  close(): Promise<void>;
}

/**
 * Listens at `path`, for its owner alone (0600). One line of JSON up, then the answer (docs/architecture.md "Agent socket").
 * The half closed connection is kept: it is how `record` is told to end.
 */
export async function openAgentSocket(path: string): Promise<AgentSocket> {
  const server = createServer({ allowHalfOpen: true });
  server.maxConnections = MAX_CLIENTS;
  const sockets = new Set<Socket>(),
    recordings = new Map<Socket, () => void>();
  let given: AgentSocketOptions | undefined;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      recordings.delete(socket);
    });
    socket.on('error', () => socket.destroy());
    if (given) take(socket, given, recordings);
  });
  await listen(server, path);
  return {
    serve: (options) => {
      given = options;
      for (const socket of sockets) take(socket, options, recordings);
    },
    close: async () => {
      server.close();
      const ended = [...recordings].map(([socket, finish]) => {
        finish();
        return once(socket, 'close');
      });
      await Promise.race([Promise.all(ended), sleep(CLOSE_WAIT_MS)]);
      for (const socket of sockets) socket.destroy();
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  // Nobody may connect between its making and a chmod.
  const before = process.umask(0o177);
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve();
    });
  }).finally(() => process.umask(before));
}

/** Waits for the one line. */
function take(socket: Socket, options: AgentSocketOptions, recordings: Map<Socket, () => void>): void {
  let text = '';
  const timer = setTimeout(() => socket.destroy(), REQUEST_WAIT_MS);
  socket.setEncoding('utf8');
  socket.on('close', () => clearTimeout(timer));
  const read = (piece: string): void => {
    text += piece;
    const end = text.indexOf('\n');
    if (end < 0 && text.length <= MAX_REQUEST) return;
    clearTimeout(timer);
    socket.off('data', read);
    const parsed = request.safeParse(end < 0 ? undefined : parseLine(text.slice(0, end)));
    if (!parsed.success)
      return refuse(
        socket,
        problem('E_REQUEST', 'the agent does not know this request', 'It knows show, claims, files, status, stop and record'),
      );
    if ('record' in parsed.data) recordings.set(socket, sendRecording(socket, options));
    else void answer(socket, parsed.data, options);
  };
  socket.on('data', read);
}

type Question = Exclude<z.infer<typeof request>, { record: unknown }>;

async function answer(socket: Socket, asked: Question, { hub, health, stop, ignore }: AgentSocketOptions): Promise<void> {
  if ('status' in asked) say(socket, health());
  else if ('files' in asked) say(socket, { files: hub.watched });
  else if ('stop' in asked) {
    say(socket, { stopping: true });
    stop();
  } else if ('claims' in asked) {
    ignore(asked.claims.threads ?? []);
    await claims(socket, asked.claims, hub);
  } else {
    const { ino, until, size } = asked.show;
    if (!(await hub.whenPassed(until, AbortSignal.timeout(SHOW_WAIT_MS)))) return refuse(socket, notSeen('what happened until now'));
    const file = hub.find(ino);
    if (file) say(socket, hub.show(file, size));
    else
      refuse(
        socket,
        problem('E_UNKNOWN_FILE', `nothing is known of inode ${ino}`, 'Rows about it may have been lost: open the file once and try again'),
      );
  }
}

type Named = Extract<Question, { claims: unknown }>['claims'];

async function claims(socket: Socket, { until, mark, since, dev, root, ino }: Named, hub: Hub): Promise<void> {
  const name = { dev, root, ino };
  const patience = AbortSignal.timeout(SHOW_WAIT_MS);
  if (mark !== undefined && !(await hub.whenMarked(mark, patience))) return refuse(socket, notSeen(`the mark "${mark}"`));
  if (until !== undefined && !(await hub.whenPassed(until, patience))) return refuse(socket, notSeen('what happened until now'));
  // The name of a new file comes a little behind its first events.
  const named = AbortSignal.timeout(NAME_WAIT_MS);
  let found = hub.claimed(name, since);
  for (let goesOn = true; !found && goesOn; found = hub.claimed(name, since)) goesOn = await hub.whenPassed(hub.model.until, named);
  const { model, ...claimed } = found ?? {};
  if (model) say(socket, { ...claimed, model: { pid: process.pid, ...model } });
  else refuse(socket, problem('E_UNKNOWN_FILE', `inode ${name.ino} is not watched`, 'Name it, or its folder, to `mapscope watch`'));
}

const notSeen = (what: string): Problem =>
  problem('E_TIMEOUT', `${what} has not been seen within ${SHOW_WAIT_MS / 1000} s`, 'The machine may be too busy: try again');

const say = (socket: Socket, value: object): void => void socket.end(`${JSON.stringify(value)}\n`);
const refuse = (socket: Socket, { code, message, help }: Problem): void => say(socket, { error: { code, message, help } });
