// The shared set-up of `npm start`, `npm test` and `npm run bench`. It runs before node_modules exists: nothing but Node here.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needs, provide } from './debian.mjs';
import { hashOf, onceFor } from './stamp.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => join(root, ...parts);
const say = (line) => process.stderr.write(`${line}\n`);

/** A step failed: one sentence, and the way out. */
export class SetupProblem extends Error {}

function checkNode() {
  const wanted = JSON.parse(readFileSync(at('package.json'), 'utf8')).engines.node.replace('>=', '');
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = wanted.split('.').map(Number);
  if (major < needMajor || (major === needMajor && minor < needMinor))
    throw new SetupProblem(`Node ${process.versions.node} is too old: mapscope needs ${wanted} or newer.`);
}

function run(what, command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (error || status !== 0)
    throw new SetupProblem(
      `${what} failed (${error?.message ?? `exit ${status}`}): the lines above say why. Then run \`npm run setup\` again.`,
    );
}

const builds = [
  {
    what: 'dependencies from the lock file',
    stamp: at('node_modules/.mapscope'),
    hash: () => hashOf([at('package-lock.json')], process.version),
    // Not `npm ci`: it refuses a lock file that lacks other platforms' optional binaries, as one written behind a partial mirror does.
    make: () => run('npm install', 'npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']),
  },
  {
    what: 'native addon',
    stamp: at('packages/native/build/.setup'),
    hash: () =>
      hashOf(
        [at('packages/native/src-cc'), at('packages/native/build.mjs')],
        process.version + existsSync(at('packages/native/build/mapscope.node')),
      ),
    make: () => run('Compiling the native addon', process.execPath, [at('packages/native/build.mjs')]),
    // The stamp remembers that the file was there.
    after: true,
  },
  {
    what: 'agent',
    stamp: at('apps/agent/dist/.setup'),
    hash: () =>
      hashOf([
        at('apps/agent/src'),
        at('apps/agent/build.mjs'),
        at('apps/agent/package.json'),
        ...['shared', 'native', 'fuse'].map((name) => at('packages', name, 'src')),
        at('package-lock.json'),
      ]),
    make: () => run('Bundling the agent', process.execPath, [at('apps/agent/build.mjs')]),
  },
  {
    what: 'page',
    stamp: at('apps/web/dist/.setup'),
    hash: () =>
      hashOf([
        at('apps/web/src'),
        at('apps/web/index.html'),
        at('apps/web/public'),
        at('apps/web/vite.config.ts'),
        at('packages/shared/src'),
        at('package-lock.json'),
      ]),
    make: () =>
      run('Building the page', process.execPath, [at('node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn', at('apps/web')]),
  },
];

/**
 * Brings a checkout to where it runs; does only what is not done yet. `purpose` is what the Debian packages are for.
 * Throws `SetupProblem` when a step that everything needs failed.
 */
export async function setup({ purpose = 'start', install = true } = {}) {
  checkNode();
  const isRoot = process.getuid?.() === 0;
  const missing = provide([...needs.start, ...(isRoot || purpose !== 'start' ? [] : needs.startAsUser)], { install, say });
  if (missing.some((need) => needs.start.includes(need)) && !existsSync(at('packages/native/build/mapscope.node')))
    throw new SetupProblem('Without a C++ compiler the native addon cannot be built. Install it with the line above, then try again.');
  if (purpose !== 'start') provide(needs[purpose], { install, say });
  for (const build of builds) {
    const started = Date.now();
    const made = await onceFor(build.stamp, build.hash(), build.make);
    if (made && build.after) await onceFor(build.stamp, build.hash(), () => undefined);
    if (made) say(`set up: ${build.what} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  }
}

/** Runs `main` and turns a problem into a sentence and a non-zero exit. */
export async function orSay(main) {
  try {
    await main();
  } catch (problem) {
    if (!(problem instanceof SetupProblem)) throw problem;
    say(problem.message);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const purpose = process.argv.includes('--tests') ? 'test' : process.argv.includes('--bench') ? 'bench' : 'start';
  await orSay(() => setup({ purpose, install: !process.argv.includes('--no-install') }));
}
