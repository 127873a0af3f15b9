import { type Frame, heapOf, Kind } from '@mapscope/shared/trace';
import { utf8Text } from '@mapscope/shared/units';
import { Waiters } from './waiters.ts';

/** Marks that are remembered, for who asks late. */
const MOST = 256;

/** Those who wait for a mark, by its text. */
export class MarkWaiters {
  private readonly seen = new Set<string>();
  private readonly waiters = new Waiters<string>();

  take(frame: Frame): void {
    for (let i = 0; i < frame.count; i++) if (frame.kind[i] === Kind.mark) this.mark(utf8Text(heapOf(frame, i)));
  }

  /** Resolves true once it has come, false when `signal` aborts first. */
  wait(text: string, signal: AbortSignal): Promise<boolean> {
    return this.seen.has(text) ? Promise.resolve(true) : this.waiters.wait(text, signal);
  }

  private mark(text: string): void {
    this.seen.add(text);
    if (this.seen.size > MOST) for (const [eldest] of this.seen.entries()) if (this.seen.delete(eldest)) break;
    this.waiters.release((awaited) => awaited === text);
  }
}
