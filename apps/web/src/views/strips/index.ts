import type { FileView } from '../../draw/index.ts';
import type { Target } from '../../feed/target.ts';
import type { Hit } from '../hit.ts';
import { draw } from './draw.ts';
import { hit } from './hit.ts';
import { axisLane, layout } from './layout.ts';
import type { StripsInput, StripsScene } from './scene.ts';

export { byteAt } from './hit.ts';
export { sayOverlap } from './overlaps.ts';
export type { StripsInput, StripsScene } from './scene.ts';
export { arithmetic } from './sums.ts';

/** An interleaved extent as rows of chunks in columns of strips. */
export const stripsView: FileView<StripsInput, StripsScene, Hit, Target> = { name: 'Strips', lane: axisLane, layout, draw, hit };
