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

/** Of the agent, bundled as they are: they look for the page and the others beside themselves, and there is none. */
const ofAgent = ['apps/agent/src/server/main.ts', 'apps/agent/src/collector/main.ts'];

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

const nameOf = (path) => {
  if (path.endsWith('/src/index.ts')) return path.split('/').at(-3);
  return basename(path) === 'main.ts' ? basename(dirname(path)) : basename(path, '.ts');
};

const bundle = (folder, paths, plugins) =>
  build({
    absWorkingDir: root,
    entryPoints: paths.map((path) => ({ in: path, out: nameOf(path) })),
    outdir: folder,
    ...nodeBundle,
    outExtension: { '.js': '.mjs' },
    plugins,
  });

const make = (folder) => Promise.all([bundle(folder, programs, [whereTheyWere]), bundle(folder, ofAgent, [])]);

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
