import { problem } from '@mapscope/shared/units';
import { openLog } from '../host/log.ts';
import { takeLeash, type WorkloadReady, type WorkloadStart } from '../pipe/index.ts';
import { openScenes, paces, play, seeded } from './index.ts';

/* An ordinary program that writes to the mount: it knows nothing of mapscope but its leash. */
const { start, signal, ready, failed } = await takeLeash<WorkloadStart, WorkloadReady>();
const log = openLog('workload', start.logLevel);
const pace = paces[start.pace];
const scenes = openScenes({ folder: start.mount, random: seeded(start.seed), size: pace.size }, (scene, code) =>
  log.warn({ scene, code }, 'a scene is left out'),
);
if (scenes.length === 0) {
  failed(
    problem('E_WORKLOAD', `the workload can open none of its files on ${start.mount}`, 'Start with --workload none; the log says why'),
  );
  process.exit(1);
}
ready({});
await play(scenes, pace, signal, (scene, code) => log.info({ scene, code }, 'a step failed'));
for (const scene of scenes) scene.close();
// The leash would keep an ended workload alive.
process.exit(0);
