import { attempt } from './attempt.ts';
import type { Play, Scene, Stage } from './scene.ts';
import { database } from './scenes/database.ts';
import { direct } from './scenes/direct.ts';
import { punched, reserved, sparse } from './scenes/holes.ts';
import { log } from './scenes/log.ts';
import { notes, pieces } from './scenes/small.ts';
import { striped } from './scenes/striped.ts';

export { paces, play } from './pace.ts';
export { seeded } from './random.ts';

const plays: readonly Play[] = [log, database, sparse, direct, punched, striped, reserved, pieces, notes];

/** Every scene whose files can be had. The others are told, by the code of what the system said: a mount that is kept is what people made of it. */
export const openScenes = (stage: Stage, tell: (scene: string, code: string) => void): readonly Scene[] =>
  plays.flatMap((open) => {
    let scene: Scene | undefined;
    const code = attempt(() => (scene = open(stage)));
    if (code !== undefined) tell(open.name, code);
    return scene ?? [];
  });
