import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import type { Addon } from './addon.ts';

/** From `src/` or `dist/` of this room; beside a bundle; from a bundle in `apps/agent/dist/`. */
const places = ['../build/mapscope.node', './mapscope.node', '../../../packages/native/build/mapscope.node'];

let loaded: Addon | undefined;

/**
 * The addon, loaded by the first call, so that a command without system calls (`--version`) runs where it is not built.
 * Throws one sentence with the way out where there is none.
 */
export const native = (): Addon => (loaded ??= load(addonPath()));

/** Where the addon's file is; `MAPSCOPE_NATIVE` names another. Throws where there is none. */
export function addonPath(): string {
  const path =
    process.env['MAPSCOPE_NATIVE'] ??
    places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((place) => existsSync(place));
  if (path === undefined) throw new Error('native addon is not built: run `npm run setup`');
  return path;
}

function load(path: string): Addon {
  try {
    return createRequire(import.meta.url)(path) as Addon;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new Error(`native addon cannot be loaded (${why}): run \`npm run setup\``, { cause: error });
  }
}
