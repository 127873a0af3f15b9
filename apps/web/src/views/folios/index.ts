import type { FileView } from '../../draw/index.ts';
import type { Target } from '../../feed/target.ts';
import type { Hit } from '../hit.ts';
import { draw } from './draw.ts';
import { hit } from './hit.ts';
import { axisLane, layout } from './layout.ts';
import type { FoliosInput, FoliosScene } from './scene.ts';

export type { FoliosInput, FoliosScene } from './scene.ts';

/** The page cache of a file: now, under a lens, and as it came to be. */
export const foliosView: FileView<FoliosInput, FoliosScene, Hit, Target> = { name: 'Folios', lane: axisLane, layout, draw, hit };
