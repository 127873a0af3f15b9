import { resolve } from 'node:path';
import { Refused, refused } from '../../host/index.ts';
import { Recordings } from '../../recordings/index.ts';
import {
  recordedEnd,
  shownVerified,
  Verdict,
  verdictOf,
  type VerdictName,
  type Verified,
  verifyRecorded,
  worst,
} from '../../verify/index.ts';
import type { Call, Run } from '../program.ts';
import { verifyTable } from '../verify-table.ts';

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

async function verdictsOf({ voice, words, options }: Call<VerifyOptions>): Promise<readonly VerdictName[]> {
  const verdicts: VerdictName[] = [];
  for await (const verified of verifying(
    words.map((word) => resolve(word)),
    options,
  )) {
    const shown = shownVerified(verified);
    if (verdicts.length > 0) voice.say('');
    voice.tell(shown);
    for (const line of verifyTable(shown, voice)) voice.say(line);
    verdicts.push(verdictOf(verified));
  }
  return verdicts;
}

async function* verifying(files: readonly string[], { in: path, seek = false }: VerifyOptions): AsyncGenerator<Verified, void> {
  if (path === undefined)
    throw refused('E_NOTHING_WATCHED', 'no file is watched here', 'Compare with a recording: mapscope verify --in RECORDING FILE');
  if (files.length === 0) throw refused('E_USAGE', `verify wants a file that ${path} tells of`, `Those are: mapscope show --in ${path}`);
  const recordings = await Recordings.open(path);
  try {
    const recorded = await recordedEnd(recordings, path);
    for (const file of files) yield await verifyRecorded(recorded, file, { seek });
  } finally {
    await recordings.close();
  }
}
