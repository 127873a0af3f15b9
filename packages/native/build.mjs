// Compiles the addon with the machine's own compiler and nothing else: `node packages/native/build.mjs [--quiet]`.
// Does nothing when sources, flags and headers are those of the addon that is there. CXX and CXXFLAGS are respected.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const quiet = process.argv.includes('--quiet');

const sourceDir = join(here, 'src-cc');
const addon = join(here, 'build', 'mapscope.node');
const stamp = `${addon}.stamp`;

const prefixHeaders = join(dirname(dirname(process.execPath)), 'include', 'node');
const headers = existsSync(join(prefixHeaders, 'node_api.h')) ? prefixHeaders : require('node-api-headers').include_dir;
const wrapperDir = dirname(require.resolve('node-addon-api/package.json'));

const compiler = process.env.CXX || 'g++';
const flags = '-shared -fPIC -O2 -std=c++20 -Wall -Wextra -fvisibility=hidden -fno-exceptions'
  .concat(' -D_FILE_OFFSET_BITS=64 -DNAPI_VERSION=9 -DNODE_ADDON_API_DISABLE_CPP_EXCEPTIONS ', process.env.CXXFLAGS ?? '')
  .split(/\s+/)
  .filter(Boolean);
// The headers of others are system headers: their warnings are not ours to act on.
flags.push('-isystem', headers, '-isystem', wrapperDir);

const files = readdirSync(sourceDir)
  .filter((name) => /\.(cc|h)$/.test(name))
  .sort();
const hash = createHash('sha256').update([compiler, process.arch, process.platform, ...flags].join('\0'));
for (const name of files) hash.update(`\0${name}\0`).update(readFileSync(join(sourceDir, name)));
const wanted = hash.digest('hex');

const isCurrent = existsSync(addon) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
if (!isCurrent) {
  if (process.platform !== 'linux') fail(`mapscope runs on Linux; this is ${process.platform}`);
  mkdirSync(dirname(addon), { recursive: true });
  // Two builds may run at once, and a running process may have the old addon mapped: made aside, moved into place.
  const aside = `${addon}.${process.pid}`;
  // As one unit: the headers of others, read once for all, are nearly all of the work (5 s, not 28).
  const unit = files.filter((name) => name.endsWith('.cc')).map((name) => `#include "${name}"\n`);
  const run = spawnSync(compiler, [...flags, '-x', 'c++', '-', '-o', aside], {
    cwd: sourceDir,
    input: unit.join(''),
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  if (run.error?.code === 'ENOENT') fail(`no C++ compiler: "${compiler}" was not found. On Debian: apt-get install -y g++`);
  if (run.status !== 0) {
    rmSync(aside, { force: true });
    fail(`${compiler} could not compile the native addon (see above)`);
  }
  renameSync(aside, addon);
  writeFileSync(`${stamp}.${process.pid}`, wanted);
  renameSync(`${stamp}.${process.pid}`, stamp);
}
if (!quiet) process.stdout.write(`native addon ${isCurrent ? 'is current' : 'built'}: ${addon}\n`);

function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}
