import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { How, ownMark } from '@mapscope/shared/trace';
import { kernelDev } from '@mapscope/shared/units';
import type { Claimed } from '../hub/index.ts';
import { type LiveRun, liveRuns, ownThreads, Refused, refused, sayError } from '../host/index.ts';
import { MOST_THREADS } from '../pipe/index.ts';
import { type AskModel, claimsOfShown, rangesOfShown } from '../verify/index.ts';
import { askOnce } from './agent-socket.ts';

/**
 * The agent answers once it has seen the mark, and says itself when that does not come. What it says of 225,000 extents is 28 MB, for which it took 7.5 s where
 * others had all CPUs.
 */
const ANSWER_WAIT_MS = 60_000;

/** Runs that watch filesystems of others. Throws E_NOTHING_WATCHED: none does. */
function watches(runtimeDir: string): readonly LiveRun[] {
  const runs = liveRuns(runtimeDir).filter(({ record }) => record.command[0] === 'watch');
  if (runs.length === 0)
    throw refused(
      'E_NOTHING_WATCHED',
      'no file is watched here',
      'Start it: mapscope watch PATH, or name a recording: mapscope verify --in RECORDING FILE',
    );
  return runs;
}

/** The paths of all files that are watched. Throws `Refused`. */
export async function watchedFiles(runtimeDir: string): Promise<readonly string[]> {
  const answers = await Promise.all(watches(runtimeDir).map(({ record }) => askOnce(record.socket, { files: true }, ANSWER_WAIT_MS)));
  return [...new Set(answers.flatMap(({ files }) => files as readonly string[]))];
}

/** Asks the models of the runs that watch, each after a mark of ours has come through its trace: then everything that happened before is in it. */
export function watchingModel(runtimeDir: string): AskModel {
  let marks = 0;
  // What we ask of the kernel between two marks would be taken for somebody's work.
  const ours = ownThreads().then((threads) => [...threads].slice(0, MOST_THREADS));
  return async ({ file, identity, block }, since) => {
    const { filesystem, root, ino } = identity,
      name = { dev: kernelDev(filesystem.device), root: String(root), ino: String(ino) };
    for (const { record } of watches(runtimeDir)) {
      const mark = ownMark(process.pid, ++marks);
      try {
        setMark(record.instances[0], mark);
        const told = (await askOnce(
          record.socket,
          { claims: { ...name, mark, threads: await ours, ...(since !== undefined && { since: String(since) }) } },
          ANSWER_WAIT_MS,
        )) as unknown as Claimed & {
          readonly model: { readonly pid: number };
        };
        // Of a file that nobody was asked about everything was seen.
        const absence = told.told.refreshes === 0 ? How.observed : How.reported;
        return {
          claims: (size) => claimsOfShown(told, size, block, absence),
          version: String(told.version),
          changed: told.told.changed,
          until: BigInt(told.until),
          written: rangesOfShown(told.written),
          isAsking: !record.command.includes('--no-refresh'),
          facts: told.model,
        };
      } catch (error) {
        if (!(error instanceof Refused && error.problem.code === 'E_UNKNOWN_FILE')) throw error;
      }
    }
    throw refused('E_UNKNOWN_FILE', `${file} is not watched`, 'Name it, or its folder, to `mapscope watch`');
  };
}

function setMark(instance: string | undefined, text: string): void {
  try {
    writeFileSync(join(instance ?? '', 'trace_marker'), text);
  } catch (error) {
    throw refused('E_MARK', `no mark can be set in the trace of the run: ${sayError(error)}`, 'Run it as root, as the run itself', error);
  }
}
