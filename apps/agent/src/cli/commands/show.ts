import { resolve } from 'node:path';
import { monotonic } from '@mapscope/native';
import { deviceOf, liveRuns, lookAt, readSettings, refused } from '../../host/index.ts';
import { showByFiemap } from '../../sources/fiemap/index.ts';
import { showCache } from '../../sources/pagecache/index.ts';
import { askOnce } from '../agent-socket.ts';
import type { Run } from '../program.ts';
import { type Tabled, table } from '../table.ts';
import { showIn, type ShowInOptions } from './show-in.ts';

/** The agent answers once it has seen everything up to now, and that takes no longer than its slowest source. */
const ANSWER_WAIT_MS = 10_000;

interface ShowOptions extends ShowInOptions {
  readonly sync?: boolean;
  readonly cache?: boolean;
  readonly pageFlags?: boolean;
}

/** Options that are about files, and those that are about a recording: each says what it wants. */
const ofFiles = { sync: '--sync', cache: '--cache', pageFlags: '--page-flags' } as const;
const ofRecordings = { at: '--at', inode: '--inode' } as const;

export const show: Run<ShowOptions> = async (call) => {
  const { place, voice, words, options } = call;
  const given = (names: Readonly<Record<string, string>>): string | undefined =>
    Object.entries(names).find(([name]) => options[name as keyof ShowOptions] !== undefined)?.[1];
  if (options.in !== undefined) {
    const stray = given(ofFiles);
    if (stray !== undefined) throw refused('E_USAGE', `${stray} is about files as they are now`, 'Leave out --in RECORDING');
    return showIn(options.in, call);
  }
  const stray = given(ofRecordings);
  if (stray !== undefined) throw refused('E_USAGE', `${stray} is about a recording`, 'Name it: --in RECORDING');
  if (words.length === 0) throw refused('E_USAGE', 'show wants a file', 'Name one, or a recording: mapscope show --in RECORDING');
  const { runtimeDir } = readSettings(place.surroundings);
  for (const [i, word] of words.entries()) {
    const file = resolve(word),
      extents = await extentsOf(file, runtimeDir, options.sync === true),
      isCacheWanted = options.cache === true || options.pageFlags === true,
      cached = isCacheWanted ? await showCache(file, { flags: options.pageFlags === true }) : undefined,
      shown = cached ? { ...extents, ...cached, notes: [...(extents.notes ?? []), ...cached.notes] } : extents;
    voice.tell(shown);
    if (i > 0) voice.say('');
    for (const line of table(shown, voice)) voice.say(line);
  }
  return 0;
};

/** FUSE has no FIEMAP, so of a file on a mount of ours its agent is asked: the run is found by the device the file lies on. */
async function extentsOf(file: string, runtimeDir: string, sync: boolean): Promise<Tabled> {
  const found = await lookAt(file),
    device = deviceOf(found.dev),
    run = liveRuns(runtimeDir).find(({ record }) => record.mounts.some((mount) => mount.device === device));
  if (!run) return showByFiemap(file, { sync });
  if (sync) throw refused('E_SYNC', `${file} is asked of its agent, not of FIEMAP`, 'Run sync(1) on it, then show it without --sync.');
  // The kernel knows more of the size than the filesystem, and we may ask it: this is not the process that serves the mount.
  const question = { ino: String(found.ino), until: String(monotonic()), size: String(found.size) };
  const answer = await askOnce(run.record.socket, { show: question }, ANSWER_WAIT_MS);
  return { ...(answer as unknown as Tabled), file };
}
