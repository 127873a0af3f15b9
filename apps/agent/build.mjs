// Bundles the agent: six programs that share their code in chunks. `node apps/agent/build.mjs`
import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { nodeBundle } from '../../scripts/node-bundle.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'dist');
const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));

const entryPoints = {
  mapscope: 'cli',
  session: 'session',
  collector: 'collector',
  names: 'collector/names',
  server: 'server',
  workload: 'workload',
};

const { metafile } = await build({
  entryPoints: Object.entries(entryPoints).map(([name, room]) => ({ in: join(here, 'src', room, 'main.ts'), out: name })),
  outdir: out,
  ...nodeBundle,
  sourcemap: true,
  // Readable stacks without loading maps.
  minify: false,
  metafile: true,
  define: { MAPSCOPE_VERSION: JSON.stringify(version) },
});

// Chunks carry a hash of their content. Those of older builds go, but not while a run that was started from them may still want one.
const made = new Set(Object.keys(metafile.outputs).map((path) => path.split('/').at(-1)));
const aDayAgo = Date.now() - 24 * 3600_000;
for (const name of readdirSync(out))
  if (/^chunk-.*\.js(\.map)?$/.test(name) && !made.has(name) && statSync(join(out, name)).mtimeMs < aDayAgo) rmSync(join(out, name));
