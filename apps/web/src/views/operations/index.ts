import type { View } from '../../draw/index.ts';
import type { Target } from '../../feed/target.ts';
import type { Hit } from '../hit.ts';
import { draw } from './draw.ts';
import { hit } from './hit.ts';
import { layout } from './layout.ts';
import type { OpsInput, OpsScene } from './scene.ts';

/** Every begin and end as a span, by file. */
export const operationsView: View<OpsInput, OpsScene, Hit, Target> = { name: 'Operations', layout, draw, hit };
