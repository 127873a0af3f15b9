import { Socket } from 'node:net';
import type { Hub } from '../hub/index.ts';
import { Kind, SourceId } from '@mapscope/shared/trace';

/** More would only wait: whoever asks so often is not served better by all of it. */
const MAX_WAITING = 64 << 10;
/** Files that are looked at again after a loss. */
const MAX_FILES = 1000;

export interface Collector {
  /** These files are to be looked at again. */
  refresh(inodes: Iterable<number>): void;
}

/** Asks the collector, by the descriptor it reads. It obeys a closed list, and knows inodes only by the session's word. */
export function collectorAt(fd: number): Collector {
  const pipe = new Socket({ fd, readable: false, writable: true });
  // It ends when the collector does, which is told elsewhere.
  pipe.on('error', () => undefined);
  return {
    refresh: (inodes) => {
      for (const inode of inodes)
        if (pipe.writable && pipe.writableLength < MAX_WAITING) pipe.write(`${JSON.stringify({ ask: 'refresh', inode })}\n`);
    },
  };
}

/** The collector lost rows on their way here: what was known of any file may have been among them. It is asked again, as far as it can be. */
export function refreshAfterLoss(hub: Hub, collector: Collector): void {
  hub.listen((frame) => {
    for (let i = 0; i < frame.count; i++)
      if (frame.kind[i] === Kind.lost && frame.source[i] === SourceId.collector) return collector.refresh(someFiles(hub));
  });
}

function someFiles({ model }: Hub): number[] {
  const inodes: number[] = [];
  for (const file of model.files.all()) if (!file.gone && file.introduced && inodes.push(file.inode) === MAX_FILES) break;
  return inodes;
}
