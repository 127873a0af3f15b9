import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isAlive } from './identity.ts';
import { orElse } from './proc.ts';
import { liveRuns } from './run-folder.ts';

/**
 * The threads of the collectors of other runs beside this one: what they ask of a filesystem is nobody's work. On btrfs FIEMAP puts in doubt what it tells of; two that
 * watch the same files would ask for ever because of each other. `folder`: of this run.
 */
export const collectorThreadsBeside = (folder: string): readonly number[] =>
  orElse(() => liveRuns(dirname(dirname(folder))), [])
    .filter((other) => other.folder !== folder)
    .flatMap(({ record }) => record.processes.filter((process) => process.role === 'collector' && isAlive(process)))
    .flatMap(({ pid }) => orElse(() => readdirSync(`/proc/${pid}/task`).map(Number), []));
