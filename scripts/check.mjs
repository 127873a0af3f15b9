// `npm run check`: everything that reads the code without running it, one line each. `npm test` counts each as a test.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { root } from './setup.mjs';

const bin = (name) => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));
/** The native compiler: the same verdicts for a sixth of the CPU time. It has no API, so `tidy.test.ts` keeps the one before it. */
const tsc = fileURLToPath(new URL('../node_modules/typescript7/bin/tsc', import.meta.url));
const checks = [
  { title: 'types of every package alone (project references)', command: process.execPath, args: [tsc, '-b'] },
  { title: 'types of tests, scripts and benches', command: process.execPath, args: [tsc, '-p', 'tsconfig.test.json'] },
  { title: 'lint', command: bin('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  { title: 'format', command: bin('oxfmt'), args: ['--check'] },
  { title: 'dead code', command: bin('knip'), args: ['--no-progress'] },
  { title: 'docker-compose.yml against the Compose Spec', command: bin('dclint'), args: ['docker-compose.yml'] },
];

/** Runs all checks, two at a time; answers `{passed, failed}`. Output of a failed one is printed. */
export async function check() {
  let passed = 0,
    failed = 0;
  const waiting = [...checks];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { title, command, args } = next;
      const { code, text } = await output(command, args);
      process.stdout.write(`${code === 0 ? '✓' : '✗'} ${title}\n`);
      if (code === 0) passed++;
      else {
        failed++;
        process.stdout.write(`${text}\n`);
      }
    }
  };
  await Promise.all([worker(), worker()]);
  process.stdout.write(`check: ${passed} passed, ${failed} failed\n`);
  return { passed, failed, skipped: 0 };
}

function output(command, args) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (text += chunk));
    child.on('error', (error) => done({ code: 1, text: String(error) }));
    child.on('close', (code) => done({ code, text }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await check()).failed === 0 ? 0 : 1;
