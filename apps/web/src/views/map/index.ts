import type { FileView } from '../../draw/index.ts';
import type { Target } from '../../feed/target.ts';
import type { Hit } from '../hit.ts';
import { draw } from './draw.ts';
import { hit } from './hit.ts';
import { axisLane } from './lanes.ts';
import { layout } from './layout.ts';
import type { MapInput, MapScene } from './scene.ts';

export type { MapInput, MapScene } from './scene.ts';
export { isOnWhole, wholeOffset } from './whole.ts';

/** File axis over device lanes, ribbons between: where each byte goes. */
export const mapView: FileView<MapInput, MapScene, Hit, Target> = { name: 'Map', lane: axisLane, layout, draw, hit };
