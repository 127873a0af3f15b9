import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Probe } from '../source.ts';

/** Without these nothing can be said of folios; the other events add to them. Fact: names since Linux 5.18. */
const needed = ['filemap/mm_filemap_add_to_page_cache', 'filemap/mm_filemap_delete_from_page_cache', 'writeback/writeback_dirty_folio'];

/** Where tracefs is, or why there is none: the supervisor has looked (host/tracefs.ts). */
export type TracefsPlace = { readonly path: string } | { readonly path: null; readonly why: string; readonly help: string };

export function probeTracefs(place: TracefsPlace): Probe {
  if (place.path === null) return { ok: false, why: place.why, remedy: place.help };
  const { path } = place;
  try {
    accessSync(join(path, 'instances'), constants.W_OK | constants.X_OK);
  } catch {
    return {
      ok: false,
      why: `${path}/instances may not be written to`,
      remedy: 'Run mapscope as root to see the page cache by tracepoints.',
    };
  }
  const missing = needed.filter((event) => !existsSync(join(path, 'events', event, 'format')));
  if (missing.length > 0)
    return { ok: false, why: `this kernel lacks ${missing.join(', ')}`, remedy: 'Linux 5.18 or newer, built with tracepoints.' };
  if (!/\bmono\b/.test(readFileSync(join(path, 'trace_clock'), 'utf8')))
    return { ok: false, why: 'this kernel has no trace clock "mono"', remedy: 'Linux 3.17 or newer.' };
  return { ok: true };
}
