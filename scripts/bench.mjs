// `npm run bench [NAME…]`: set up, then one line a measurement. Names choose: `codec`, `model`, `recording`, `trace`, `maps`, `watch`, `mount`, `latency`, `calls`.
import { spawnSync } from 'node:child_process';
import { orSay, root, setup, SetupProblem } from './setup.mjs';

await orSay(async () => {
  await setup({ purpose: 'bench', install: !process.argv.includes('--no-install') });
  const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  const { status } = spawnSync(process.execPath, ['--conditions=mapscope-src', '--import', 'tsx', 'bench/main.ts', ...names], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new SetupProblem(`The bench ended with ${status}: the lines above say why.`);
});
