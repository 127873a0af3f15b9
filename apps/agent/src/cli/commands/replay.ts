import { readSettings } from '../../host/index.ts';
import { runReplay } from '../../supervisor/index.ts';
import { groundOf } from '../ground.ts';
import { factorOption, portOption } from '../numbers.ts';
import type { Run } from '../program.ts';
import { sayReady } from './demo.ts';

export const replay: Run<{ readonly port?: string; readonly speed?: string }> = async (call) => {
  const { place, voice, options, words } = call,
    port = portOption(options.port, readSettings(place.surroundings).port);
  await runReplay(words[0]!, factorOption('--speed', options.speed) ?? 1, port, groundOf(call, ['replay', words[0]!]), (ready) =>
    sayReady(ready, voice),
  );
  return 0;
};
