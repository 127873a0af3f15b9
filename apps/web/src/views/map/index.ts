import type { View } from '../../draw/index.ts';
import type { Target } from '../../feed/target.ts';
import type { Hit } from '../hit.ts';
import { draw } from './draw.ts';
import { hit } from './hit.ts';
import { layout } from './layout.ts';
import type { MapInput, MapScene } from './scene.ts';

export { sayState } from './hit.ts';
export { GUTTER } from './layout.ts';
export type { MapInput, MapScene } from './scene.ts';

/** File axis over device lanes, ribbons between: where each byte goes. */
export const mapView: View<MapInput, MapScene, Hit, Target> = { name: 'Map', layout, draw, hit };
