// `npm start`: set up what is not set up yet, then the main job. Words after `--` go to `mapscope demo`.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { orSay, root, setup } from './setup.mjs';

await orSay(async () => {
  const words = process.argv.slice(2);
  await setup({ purpose: 'start', install: !words.includes('--no-install') });
  process.argv.splice(2, Infinity, 'demo', ...words.filter((word) => word !== '--no-install'));
  await import(pathToFileURL(join(root, 'apps/agent/bin/mapscope.js')).href);
});
