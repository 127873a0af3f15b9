import { join } from 'node:path';
import { findTracefs, instanceAt, mountTracefs, type Run, type Tracefs } from '../host/index.ts';

/** As root a tracefs can be had even where none is mounted: below the run folder, and gone with it. */
export async function provideTracefs(run: Run, uid: number, source: string): Promise<Tracefs> {
  const found = await findTracefs(uid);
  if (found.path !== null || uid !== 0) return found;
  const path = join(run.folder, 'tracing');
  run.note({ mounts: [...run.record().mounts, { path, type: 'tracefs', source, device: null, fuseConnection: null }] });
  return mountTracefs(path, source);
}

/** Writes down the trace instance that a collector is about to make, so that whoever comes after us removes it. */
export function noteInstance(run: Run, tracefs: Tracefs, name: string): void {
  if (tracefs.path !== null) run.note({ instances: [instanceAt(tracefs.path, name)] });
}
