import { resolve } from 'node:path';
import { readSettings, Refused, refused } from '../../host/index.ts';
import { Recordings } from '../../recordings/index.ts';
import {
  isOnFuse,
  recordedEnd,
  shownVerified,
  Verdict,
  verdictOf,
  type VerdictName,
  type Verified,
  verifyRecorded,
  verifyRunning,
  worst,
} from '../../verify/index.ts';
import type { Call, Run } from '../program.ts';
import { verifyTable } from '../verify-table.ts';
import { watchedFiles, watchingModel } from '../watched-files.ts';

interface VerifyOptions {
  readonly in?: string;
  readonly seek?: boolean;
}

/** What is wrong with the question is no verdict: those are 0 to 3. */
const TROUBLE = 4;

export const verify: Run<VerifyOptions> = async (call) => {
  try {
    return Verdict[worst(await verdictsOf(call))];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    call.voice.refuse(error.problem);
    return TROUBLE;
  }
};

async function verdictsOf(call: Call<VerifyOptions>): Promise<readonly VerdictName[]> {
  const { voice } = call,
    verdicts: VerdictName[] = [];
  for await (const verified of verifying(call)) {
    const shown = shownVerified(verified);
    if (verdicts.length > 0) voice.say('');
    voice.tell(shown);
    for (const line of verifyTable(shown, voice)) voice.say(line);
    verdicts.push(verdictOf(verified));
  }
  return verdicts;
}

async function* verifying(call: Call<VerifyOptions>): AsyncGenerator<Verified, void> {
  const { place, options, words } = call,
    { in: path, seek = false } = options,
    files = words.map((word) => resolve(word));
  if (path !== undefined) yield* recorded(path, files, seek);
  else if (files.length > 0) yield* named(readSettings(place.surroundings).runtimeDir, files, seek);
  else yield* all(call, readSettings(place.surroundings).runtimeDir, seek);
}

async function* named(runtimeDir: string, files: readonly string[], seek: boolean): AsyncGenerator<Verified, void> {
  const ask = watchingModel(runtimeDir);
  for (const file of files) yield await verifyRunning(ask, file, { seek });
}

/** All that can be compared: of those on FUSE mounts the kernel has no map. */
async function* all({ voice }: Call<VerifyOptions>, runtimeDir: string, seek: boolean): AsyncGenerator<Verified, void> {
  const ask = watchingModel(runtimeDir),
    watched = await watchedFiles(runtimeDir);
  let leftOut = 0;
  for (const file of watched) {
    if (await isOnFuse(file)) leftOut++;
    else {
      const verified = await verifyRunning(ask, file, { seek }).catch(passOverGone);
      if (verified) yield verified;
    }
  }
  if (leftOut === watched.length)
    throw refused(
      'E_NOTHING_TO_COMPARE',
      leftOut === 0
        ? 'no file is there yet that could be compared with the kernel'
        : `no file that is watched can be compared with the kernel: it has no map of the ${leftOut} on FUSE mounts`,
      'Watch a file on ext4, XFS or btrfs',
    );
  if (leftOut > 0) voice.say('', `Left out: ${leftOut} on FUSE mounts, of which the kernel has no map.`);
}

/** When its turn comes a file may have another name, or none. */
function passOverGone(error: unknown): undefined {
  if (!(error instanceof Refused && ['E_FILE', 'E_UNKNOWN_FILE'].includes(error.problem.code))) throw error;
}

async function* recorded(path: string, files: readonly string[], seek: boolean): AsyncGenerator<Verified, void> {
  if (files.length === 0) throw refused('E_USAGE', `verify wants a file that ${path} tells of`, `Those are: mapscope show --in ${path}`);
  const recordings = await Recordings.open(path);
  try {
    const end = await recordedEnd(recordings, path);
    for (const file of files) yield await verifyRecorded(end, file, { seek });
  } finally {
    await recordings.close();
  }
}
