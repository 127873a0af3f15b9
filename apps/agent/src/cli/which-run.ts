import { type LiveRun, liveRuns, refused } from '../host/index.ts';

/** The run with this id, or the only one there is. */
export function whichRun(runtimeDir: string, id: string | undefined): LiveRun {
  const runs = liveRuns(runtimeDir);
  const found = id === undefined ? runs : runs.filter((run) => run.record.id === id);
  if (found.length === 1) return found[0]!;
  if (runs.length === 0) throw refused('E_NOTHING_RUNS', 'nothing runs here', 'Start it: mapscope demo');
  const ids = runs.map((run) => run.record.id).join(', ');
  throw found.length === 0
    ? refused('E_NO_RUN', `there is no run ${id}`, `There is: ${ids}`)
    : refused('E_WHICH_RUN', `${runs.length} runs are there`, `Name one: ${ids}`);
}
