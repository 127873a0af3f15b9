import { type LiveRun, liveRuns, readSettings, refused, signal, waitForEnd } from '../../host/index.ts';
import type { Run } from '../program.ts';
import { whichRun } from '../which-run.ts';

/** An orderly end writes back what is dirty first. */
const STOP_WAIT_MS = 30_000;

export const stop: Run<{ readonly all?: boolean }> = async ({ place, voice, options, words }) => {
  const { runtimeDir } = readSettings(place.surroundings);
  const runs = options.all === true ? liveRuns(runtimeDir) : [whichRun(runtimeDir, words[0])];
  await Promise.all(runs.map(end));
  voice.tell({ stopped: runs.map((run) => run.record.id) });
  for (const { record } of runs) voice.say(`Run ${record.id} has ended.`);
  if (runs.length === 0) voice.say('Nothing runs.');
  return 0;
};

async function end({ record }: LiveRun): Promise<void> {
  const supervisor = record.processes.find((process) => process.role === 'supervisor')!;
  if (!signal(supervisor, 'SIGTERM'))
    throw refused('E_STOP', `process ${supervisor.pid} of run ${record.id} cannot be signalled`, "Is it somebody else's run?");
  if (!(await waitForEnd(supervisor, STOP_WAIT_MS)))
    throw refused('E_STOP', `run ${record.id} does not end`, `kill -9 ${supervisor.pid}, then: mapscope cleanup`);
}
