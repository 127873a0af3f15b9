import { errorCode, sayError } from '../host/index.ts';
import type { Logger } from '../host/log.ts';
import { type History, type Hub, type RecorderOptions, Spool } from '../hub/index.ts';
import { inflateBlock } from '../recordings/index.ts';
import { ownFolder } from './spool-folder.ts';

export interface SpoolFacts {
  readonly path: string;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly state: Spool['state'];
  /** Why it stopped. */
  readonly why: string;
}

export interface KeptSpool extends History {
  facts(): SpoolFacts;
  end(): Promise<void>;
}

/** Frames that say something are written as they come; how long the clock of empty ones may wait. */
const FLUSH_MS = 1000;

/** Records the stream into the folder this process stands in. A disk that fails ends the recording, is said in the stream, and ends nothing else. */
export function keepSpool(
  hub: Hub,
  { folder, bytes }: { readonly folder: string; readonly bytes: number },
  recording: () => RecorderOptions,
  log: Logger,
): KeptSpool {
  let why = '';
  const spool = new Spool({
    model: hub.model,
    folder: ownFolder,
    maxBytes: bytes,
    recording,
    inflate: inflateBlock,
    stopped: (error) => {
      const isFull = errorCode(error) === 'ENOSPC' || errorCode(error) === 'EDQUOT';
      why = isFull ? 'the disk is full' : `it cannot be written: ${sayError(error)}`;
      log.error({ err: error }, 'recording has stopped');
      hub.saySource({
        name: 'spool',
        state: 'ended',
        why,
        help: isFull ? `Make room where ${folder} is, and start mapscope again` : 'The log says more',
      });
    },
  });
  const leave = hub.listen((frame) => spool.frame(frame));
  const timer = setInterval(() => spool.flush(), FLUSH_MS);
  return {
    parts: () => spool.parts(),
    settle: () => spool.settle(),
    facts: () => ({ path: folder, bytes: spool.bytes, maxBytes: bytes, state: spool.state, why }),
    end: async () => {
      clearInterval(timer);
      leave();
      await spool.end();
    },
  };
}
