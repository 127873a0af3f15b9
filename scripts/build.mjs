// `npm run build`: everything that set-up builds, whatever the stamps say.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { orSay, root, setup } from './setup.mjs';

for (const stamp of ['packages/native/build/.setup', 'apps/agent/dist/.setup', 'apps/web/dist/.setup'])
  rmSync(join(root, stamp), { force: true });
await orSay(() => setup());
