import { monotonic } from '@mapscope/native';
import { type Frame, FrameBuilder, SourceId } from '@mapscope/shared/trace';
import { frameOf, saySource, type Sink, type Source } from '../source.ts';
import { OpenFiles } from './open-files.ts';
import { probeCachestat } from './probe.ts';
import { facts, type PageCacheOptions, Watch } from './watch.ts';

export interface PageCache extends Source {
  /** Others told of folios: what is so of those pages is told anew, since it may differ from what they said. */
  heard(frame: Frame): void;
}

/** Files held open. */
const OPEN = 256;

/**
 * What the page cache holds of files, where tracepoints are not to be had: asked of cachestat(2) by bisection, some ten times a second.
 * It changes nothing in the cache (fact: live-facts 14), but opening a file may ask a server. Page by page: it knows no block state and no order.
 */
export function createPageCache(options: PageCacheOptions): PageCache {
  const watch = new Watch(options);
  return {
    name: 'pagecache',
    probe: async () => probeCachestat(),
    heard: (frame) => watch.heard(frame),
    async run(sink, signal) {
      const opener = await options.opening.opener();
      if (!opener) return unavailable(sink, options.opening.whyNot);
      const files = new OpenFiles(opener, options.open ?? OPEN);
      try {
        await watch.until(files, sink, signal);
      } finally {
        await files.closeAll();
        await opener.close();
      }
    },
  };
}

function unavailable(sink: Sink, why: string): void {
  const rows = new FrameBuilder(1),
    now = monotonic();
  saySource(rows, now, SourceId.pagecache, { ...facts, state: 'unavailable', why, help: 'Start mapscope again.', folios: 'none' });
  sink(frameOf(rows, now));
}
