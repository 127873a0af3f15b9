import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pipe } from '@mapscope/native';
import { WebSocket } from 'ws';
import { parseLine, readLines, type ServerReady, type ServerStart } from '../../pipe/index.ts';

const addon = fileURLToPath(new URL('../../../../../packages/native/build/mapscope.node', import.meta.url));

/** A folder for one test: state, socket, page. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'mapscope-server-'));
  readonly page = join(this.folder, 'page');
  readonly state = join(this.folder, 'state');
  readonly socket = join(this.folder, 'agent.sock');
  private readonly running = new Set<Served>();

  constructor() {
    mkdirSync(this.state, { mode: 0o700 });
    mkdirSync(join(this.page, 'assets'), { recursive: true });
  }

  get log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  /** Starts a server with pipes of the test's own at its descriptors. Rejects with what it said when it could not be ready. */
  async serve(program: string, start: Partial<ServerStart> = {}): Promise<Served> {
    const frames = ends(),
      commands = ends(),
      log = openSync(join(this.folder, 'log'), 'a');
    const child = spawn(process.execPath, [program], {
      cwd: '/',
      env: { ...process.env, MAPSCOPE_NATIVE: process.env['MAPSCOPE_NATIVE'] ?? addon },
      stdio: ['pipe', 'pipe', log, frames.reader, commands.writer],
    });
    for (const fd of [frames.reader, commands.writer, log]) closeSync(fd);
    const served = new Served(child, frames.writer, commands.reader);
    this.running.add(served);
    const given: ServerStart = {
      version: 'test',
      commandLine: ['mapscope', 'demo'],
      mode: 'demo',
      recording: null,
      port: 0,
      stateDir: this.state,
      page: this.page,
      socket: this.socket,
      spool: null,
      mount: '/nowhere',
      pipeBytes: 8 << 20,
      logLevel: 'info',
      ...start,
    };
    child.stdin!.write(`${JSON.stringify({ do: 'start', with: given })}\n`);
    await served.ready.catch((error: Error) => {
      throw new Error(`${error.message}\n${this.log.slice(-2000)}`);
    });
    return served;
  }

  async close(): Promise<void> {
    for (const served of this.running) await served.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function ends(): { readonly reader: number; readonly writer: number } {
  const made = pipe(1 << 20);
  if (typeof made === 'number') throw new Error(`pipe: ${made}`);
  return { reader: made[0], writer: made[1] };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server process, seen from outside. */
export class Served {
  readonly child: ChildProcess;
  readonly ready: Promise<ServerReady>;
  /** What it said on its leash. */
  readonly said: Readonly<Record<string, unknown>>[] = [];
  /** Lines to the collector. */
  readonly commands: string[] = [];
  url = '';
  port = 0;
  token = '';
  private readonly frames: Socket;
  private isOver = false;

  constructor(child: ChildProcess, frames: number, commands: number) {
    this.child = child;
    this.frames = new Socket({ fd: frames, readable: false, writable: true });
    for (const stream of [this.frames, child.stdin!]) stream.on('error', () => undefined);
    readLines(
      new Socket({ fd: commands, readable: true, writable: false }),
      (line) => this.commands.push(line),
      () => undefined,
    );
    this.ready = new Promise((resolve, reject) => {
      readLines(
        child.stdout!,
        (line) => {
          const said = parseLine(line)!;
          this.said.push(said);
          if (!said['ready']) return;
          const ready = said['ready'] as ServerReady;
          this.url = ready.url;
          this.port = Number(new URL(ready.url).port);
          this.token = new URL(ready.url).searchParams.get('token')!;
          resolve(ready);
        },
        () => reject(new Error(JSON.stringify(this.said.at(-1) ?? 'it ended without a word'))),
      );
    });
  }

  get cookie(): string {
    return `mapscope-${this.port}=${this.token}`;
  }

  /** Frames, as the collector would send them. */
  send(...frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.frames.write(frame);
  }

  /** As a browser that has its cookie; headers can be replaced. */
  ask(path: string, headers: Record<string, string | undefined> = {}, method = 'GET'): Promise<Answer> {
    const all = { host: `127.0.0.1:${this.port}`, cookie: this.cookie, accept: 'text/html', ...headers };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: this.port, path, method, headers: given, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  async health(): Promise<
    Record<string, never> & { readonly model: { readonly until: string; readonly events: number; readonly files: number } }
  > {
    return JSON.parse((await this.ask('/api/health')).body) as never;
  }

  /** Asks the agent socket; answers everything that came until it hung up. */
  async tell(socket: string, text: string, isHalfClosed = false): Promise<Buffer> {
    const connection = connect({ path: socket, allowHalfOpen: true });
    const parts: Buffer[] = [];
    connection.on('data', (part: Buffer) => parts.push(part));
    connection.write(text);
    if (isHalfClosed) connection.end();
    await once(connection, 'end');
    connection.destroy();
    return Buffer.concat(parts);
  }

  async end(): Promise<number | null> {
    if (this.isOver) return this.child.exitCode;
    this.isOver = true;
    this.frames.end();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.stdin!.write('{"do":"stop"}\n');
      const late = setTimeout(() => this.child.kill('SIGKILL'), 5000);
      await once(this.child, 'exit');
      clearTimeout(late);
    }
    return this.child.exitCode;
  }
}

/** A page's socket: what came, in order. */
export class PageSocket {
  readonly frames: Buffer[] = [];
  readonly texts: string[] = [];
  /** Close code; 0 while it is open. */
  closed = 0;
  /** Answer to an upgrade that was refused. */
  refused: number | undefined;
  readonly socket: WebSocket;

  constructor({ port, cookie }: Served, headers: Record<string, string | undefined> = {}, path = '/ws') {
    const all = { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}`, cookie, ...headers };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<string, string>;
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: given, perMessageDeflate: true });
    this.socket.on('message', (data: Buffer, isBinary: boolean) => (isBinary ? this.frames.push(data) : this.texts.push(data.toString())));
    this.socket.on('unexpected-response', (_, response) => {
      this.refused = response.statusCode;
      response.destroy();
    });
    this.socket.on('close', (code) => (this.closed = code));
    this.socket.on('error', () => undefined);
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING)
      await Promise.race([once(this.socket, 'open'), once(this.socket, 'unexpected-response')]);
    return this;
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message));
  }
}
