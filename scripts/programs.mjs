// The programs that tests start beside themselves, each as one file: to compile them at every start took longer than what they do, and in an
// emulated guest minutes. Vitest and Playwright call this before a run, and what it answers behind it.
import { readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { cache, ofDeadRuns } from './cache.mjs';
import { nodeBundle } from './node-bundle.mjs';
import { root } from './setup.mjs';

/** By their sources. A whole package goes by its own name: it is for scripts of a few lines. */
const programs = [
  'packages/native/src/index.ts',
  'packages/fuse/src/index.ts',
  'packages/fuse/src/testing/exercise.ts',
  'packages/fuse/src/testing/serve-memory.ts',
  'apps/agent/src/demo/testing/acknowledging-writer.ts',
  'apps/agent/src/demo/testing/exerciser.ts',
  'apps/agent/src/demo/testing/serve-demo.ts',
  'apps/agent/src/server/token.ts',
  'apps/agent/src/sources/testing/hold.ts',
  'apps/agent/src/sources/tracefs/testing/inside-dax.ts',
  'e2e/src/inside.ts',
  'e2e/src/inside-hotplug.ts',
];

/** Each module goes on to find what lies beside its source. */
const whereTheyWere = {
  name: 'where they were',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8')
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
    })),
};

const nameOf = (path) => (path.endsWith('/src/index.ts') ? path.split('/').at(-3) : basename(path, '.ts'));

const make = (folder) =>
  build({
    absWorkingDir: root,
    entryPoints: programs.map((path) => ({ in: path, out: nameOf(path) })),
    outdir: folder,
    ...nodeBundle,
    outExtension: { '.js': '.mjs' },
    plugins: [whereTheyWere],
  });

/** `MAPSCOPE_PROGRAMS` is the folder they are in, as `NAME.mjs`. */
export default async function programsForTests(runner) {
  const folder = join(cache, `programs-${process.pid}`),
    gone = () => rmSync(folder, { recursive: true, force: true });
  for (const left of ofDeadRuns('programs')) rmSync(left, { recursive: true, force: true });
  // Of one that was killed and had this number.
  gone();
  process.env['MAPSCOPE_PROGRAMS'] = folder;
  await make(folder);
  runner.onTestsRerun?.(() => make(folder));
  return gone;
}
