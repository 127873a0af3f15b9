export interface FlightOptions {
  /** Bytes that may be on their way: sent, and not returned as credit yet. A single frame may be larger when nothing else is. */
  readonly credits: number;
  readonly send: (frame: Uint8Array) => void;
  /** Bytes that the transport takes without keeping them in memory beyond its own limit. */
  readonly room?: () => number;
}

/** What is on its way to one client under one id. */
export class Flight {
  readonly credits: number;
  /** Bytes sent, and not returned. */
  bytes = 0;
  private readonly send: FlightOptions['send'];
  private readonly room: () => number;

  constructor({ credits, send, room = () => Number.MAX_SAFE_INTEGER }: FlightOptions) {
    this.credits = credits;
    this.send = send;
    this.room = room;
  }

  mayGo(frame: Uint8Array): boolean {
    return this.bytes === 0 || (this.bytes + frame.length <= this.credits && frame.length <= this.room());
  }

  go(frame: Uint8Array): void {
    this.bytes += frame.length;
    this.send(frame);
  }

  /** The client has taken so many bytes. */
  returned(bytes: number): void {
    this.bytes = Math.max(0, this.bytes - bytes);
  }
}
