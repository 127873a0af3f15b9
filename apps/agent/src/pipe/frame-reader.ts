import { Socket } from 'node:net';
import { frameSize } from '@mapscope/shared/trace';
import { type Flaw, isFlaw } from '@mapscope/shared/units';

/**
 * Calls `take` with each whole frame that comes through `fd`, still encoded; the bytes are the taker's to keep. `ended` is called once, at the
 * end of file or with the flaw that made the rest unreadable. Answers how to stop early.
 */
export function readFrames(fd: number, take: (frame: Uint8Array) => void, ended: (why?: Flaw) => void): () => void {
  const pipe = new Socket({ fd, readable: true, writable: false });
  const cut = cutFrames(take);
  let isOver = false;
  const end = (why?: Flaw): void => {
    if (isOver) return;
    isOver = true;
    pipe.destroy();
    ended(why);
  };
  pipe.on('data', (chunk: Buffer) => {
    const why = cut(chunk);
    if (why) end(why);
  });
  pipe.on('error', () => end());
  pipe.on('close', () => end());
  return () => end();
}

/** Takes bytes in any pieces and gives frames; answers the flaw of bytes that are none. */
export function cutFrames(take: (frame: Uint8Array) => void): (chunk: Uint8Array) => Flaw | undefined {
  let rest: Uint8Array[] = [],
    kept = 0,
    need = 0;
  return (chunk) => {
    rest.push(chunk);
    kept += chunk.length;
    // A long frame comes in many pieces: they are joined once.
    if (kept < need) return undefined;
    const bytes = rest.length === 1 ? chunk : Buffer.concat(rest);
    let at = 0;
    for (;;) {
      const size = frameSize(bytes, at);
      if (isFlaw(size)) return size;
      if (size === undefined || bytes.length - at < size) {
        need = size ?? 0;
        break;
      }
      take(bytes.subarray(at, at + size));
      at += size;
    }
    kept = bytes.length - at;
    rest = kept > 0 ? [bytes.subarray(at)] : [];
    return undefined;
  };
}
