import { type Play, type Scene, type Stage } from './scene.ts';
import { database } from './scenes/database.ts';
import { direct } from './scenes/direct.ts';
import { punched, reserved, sparse } from './scenes/holes.ts';
import { log } from './scenes/log.ts';
import { notes, pieces } from './scenes/small.ts';
import { striped } from './scenes/striped.ts';

export { paces, play } from './pace.ts';
export { seeded } from './random.ts';

const plays: readonly Play[] = [log, database, sparse, direct, punched, striped, reserved, pieces, notes];

export const openScenes = (stage: Stage): readonly Scene[] => plays.map((open) => open(stage));
