import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** A path that is open for a moment. */
export interface Brief {
  readonly fd: number;
  readonly close: () => void;
}

/**
 * Opens a path for a moment; undefined: it cannot be. `isServed`: somebody else has to answer for it and may keep us waiting, so that it is done beside the event loop;
 * elsewhere that would cost ten times as much.
 */
export async function openBriefly(path: Uint8Array, flags: number, isServed: boolean): Promise<Brief | undefined> {
  try {
    if (isServed) {
      const handle = await open(path as Buffer, flags);
      return { fd: handle.fd, close: () => void handle.close().catch(() => undefined) };
    }
    const fd = openSync(path as Buffer, flags);
    return { fd, close: () => closeSync(fd) };
  } catch {
    return undefined;
  }
}
