import { decodeFrame, type Frame } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import { Credit, CREDITS } from './credit.ts';
import { Looking } from './looking.ts';
import { dueAt, firstLink, type Link, type LinkEvent, nextLink } from './link.ts';

/** A socket as far as this needs one. */
export interface Wire {
  send(text: string): void;
  close(): void;
}

export interface WireEvents {
  opened(): void;
  bytes(data: Uint8Array): void;
  text(data: string): void;
  closed(): void;
}

/** What the line needs of the world: a browser's worker, or a test. */
export interface World {
  open(events: WireEvents): Wire;
  /** Why there is no socket: 401 and 403 are answers, `undefined` is silence. */
  refusal(): Promise<{ readonly status: number; readonly message: string; readonly help: string } | undefined>;
  now(): number;
  /** Calls back after so many milliseconds; answers what cancels it. */
  later(ms: number, then: () => void): () => void;
}

/** Under which the stream comes; what else comes is of the past (`Looking`). */
const ID = 1;

/** The socket to the agent: opens it, subscribes, gives credits back after reducing, and opens it again when it breaks. */
export class Line {
  link: Link = firstLink;
  private readonly world: World;
  private readonly onFrame: (frame: Frame) => void;
  private readonly onLink: (link: Link) => void;
  private readonly credit = new Credit();
  /** The agent's recording, asked over the same socket. */
  readonly looking = new Looking((message) => this.say(message));
  private wire: Wire | undefined;
  private cancel: () => void = () => undefined;
  /** Frames that came while the picture stands still: what has been sent is not lost, and their credits are not given back. */
  private held: Frame[] = [];
  private isPaused = false;

  constructor(world: World, onFrame: (frame: Frame) => void, onLink: (link: Link) => void) {
    this.world = world;
    this.onFrame = onFrame;
    this.onLink = onLink;
  }

  start(): void {
    this.link = firstLink;
    this.connect();
  }

  /** Let the agent go for good: another source is shown. */
  stop(): void {
    this.drop();
    this.cancel();
    this.held = [];
  }

  /** A person does not want to wait. */
  retry(): void {
    this.step({ type: 'asked' });
  }

  /** Ask the sources to look at a file again: what was lost of it becomes known. Nobody promises that it happens. */
  refresh(inode: number): void {
    this.say({ id: ID, refresh: [inode] });
  }

  /** The picture stands still; recording goes on at the agent. */
  pause(isPaused: boolean): void {
    if (this.isPaused === isPaused) return;
    this.isPaused = isPaused;
    if (!isPaused) for (const frame of this.held.splice(0)) this.take(frame);
    this.say({ id: ID, pause: isPaused });
  }

  /** False: there is nobody to say it to. */
  private say(message: object): boolean {
    if (this.link.is !== 'live' || !this.wire) return false;
    this.wire.send(JSON.stringify(message));
    return true;
  }

  private connect(): void {
    this.drop();
    const wire = this.world.open({
      opened: () => {
        if (this.wire !== wire) return;
        this.credit.renew();
        wire.send(JSON.stringify({ id: ID, subscribe: { inodes: 'all', credits: CREDITS } }));
        this.step({ type: 'opened', at: this.world.now() });
        if (this.isPaused) wire.send(JSON.stringify({ id: ID, pause: true }));
      },
      bytes: (data) => {
        if (this.wire === wire) this.receive(data);
      },
      text: (data) => {
        if (this.wire === wire) this.hear(data);
      },
      closed: () => {
        if (this.wire === wire) this.broken();
      },
    });
    this.wire = wire;
  }

  private receive(data: Uint8Array): void {
    const frame = decodeFrame(data);
    // Bytes of our own agent that make no sense: nothing after them can be trusted, a new subscription can.
    if (isFlaw(frame)) this.broken();
    else if (frame.subscription !== ID) this.looking.frame(frame);
    else if (this.isPaused) this.held.push(frame);
    else this.take(frame);
  }

  private take(frame: Frame): void {
    this.onFrame(frame);
    const lump = this.credit.reduced(frame.bytes.length);
    if (lump > 0) this.say({ id: ID, credit: lump });
  }

  private hear(text: string): void {
    const said = parsed(text);
    if (said && !this.looking.text(said) && 'error' in said) this.broken();
  }

  private broken(): void {
    const wasOpening = this.link.is === 'connecting';
    this.drop();
    this.held = [];
    this.looking.broken();
    if (!wasOpening) return this.step({ type: 'closed', at: this.world.now() });
    void this.world.refusal().then((no) => {
      if (this.link.is !== 'connecting' || this.wire) return;
      this.step(no ? { type: 'refused', at: this.world.now(), ...no } : { type: 'closed', at: this.world.now() });
    });
  }

  private drop(): void {
    const wire = this.wire;
    this.wire = undefined;
    wire?.close();
  }

  private step(event: LinkEvent): void {
    const before = this.link;
    this.link = nextLink(before, event);
    if (this.link === before) return;
    this.cancel();
    const due = dueAt(this.link);
    if (due !== undefined) this.cancel = this.world.later(Math.max(0, due - this.world.now()), () => this.step({ type: 'due' }));
    this.onLink(this.link);
    if (this.link.is === 'connecting') this.connect();
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
