#!/usr/bin/env node
// The bundle is built by `npm run setup`; without it one sentence says so.
import { existsSync } from 'node:fs';

const bundle = new URL('../dist/mapscope.js', import.meta.url);
if (existsSync(bundle)) await import(bundle.href);
else {
  process.stderr.write('mapscope is not built yet. Run `npm run setup` in the checkout.\n');
  process.exitCode = 1;
}
