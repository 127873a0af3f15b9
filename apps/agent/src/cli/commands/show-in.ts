import { type FileState, type Model, modelAt } from '@mapscope/shared/model';
import type { Recording } from '@mapscope/shared/trace';
import { sayFlaw } from '@mapscope/shared/units';
import { refused, type Refused } from '../../host/index.ts';
import { showAt } from '../../hub/index.ts';
import { Recordings } from '../../recordings/index.ts';
import { u32Option, u64Option } from '../numbers.ts';
import type { Call } from '../program.ts';
import { tableAt } from '../table-at.ts';

/** Flaws that are said; a damaged file may have a thousand. */
const MOST_SAID = 5;

export interface ShowInOptions {
  readonly in?: string;
  readonly at?: string;
  readonly inode?: string;
}

/** `show --in`: a line of JSON a file, or its tables. */
export async function showIn(path: string, { voice, words, options }: Call<ShowInOptions>): Promise<number> {
  const asked = u64Option('--at', options.at),
    inode = u32Option('--inode', options.inode);
  if (inode !== undefined && words.length > 0) throw refused('E_USAGE', '--inode and a file are both given', 'Give one of them');
  const recordings = await Recordings.open(path);
  try {
    const at = momentIn(recordings, path, asked),
      { recording } = recordings.at(at);
    const unknown = (what: string): Refused =>
      refused('E_UNKNOWN_FILE', `no ${what} is known in ${path} at ${at}`, `Those that are: mapscope show --in ${path} --at ${at}`);
    const inodes = inode === undefined ? await inodesNamed(words, recording, at, unknown) : [inode];
    const { model, flaws } = await modelAt(recording, at, inodes && { inodes });
    const files = filesOf(model, inodes, unknown);
    if (files.length === 0) voice.say(`No file is known at ${at}.`);
    for (const [i, file] of files.entries()) {
      const shown = showAt(model, file);
      voice.tell({ recording: path, at: String(at), ...shown });
      if (i > 0) voice.say('');
      for (const line of tableAt(shown, at, voice)) voice.say(line);
    }
    for (const flaw of flaws.slice(0, MOST_SAID)) voice.hint(`Damage in ${path}, so that less is known: ${sayFlaw(flaw)}.`);
  } finally {
    await recordings.close();
  }
  return 0;
}

/** The end, unless somebody asks for another moment that it tells of. */
function momentIn({ span }: Recordings, path: string, asked: bigint | undefined): bigint {
  if (!span) throw refused('E_RECORDING', `there are no events in ${path}`, 'Record again, while something happens');
  const at = asked ?? span.until;
  if (at < span.from || at > span.until)
    throw refused('E_RANGE', `time ${at} is outside of ${path}`, `Give --at a time from ${span.from} to ${span.until}`);
  return at;
}

/** Of each word every living file that is called so: two filesystems may have one each. `undefined`: of all files. */
async function inodesNamed(
  words: readonly string[],
  recording: Recording,
  at: bigint,
  unknown: (what: string) => Refused,
): Promise<readonly number[] | undefined> {
  if (words.length === 0) return undefined;
  const files = living((await modelAt(recording, at, { inodes: [] })).model);
  return words.flatMap((word) => {
    const found = files.filter((file) => file.introduced && file.pathText === word);
    if (found.length === 0) throw unknown(`file ${word}`);
    return found.map(({ inode }) => inode);
  });
}

function filesOf(model: Model, inodes: readonly number[] | undefined, unknown: (what: string) => Refused): readonly FileState[] {
  if (!inodes) return living(model);
  return inodes.map((inode) => {
    const file = model.files.find(inode);
    if (!file) throw unknown(`inode ${inode}`);
    return file;
  });
}

const living = (model: Model): FileState[] => [...model.files.all()].filter(({ gone }) => !gone);
