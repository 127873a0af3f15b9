import { cpus, totalmem } from 'node:os';
import { readSettings } from '../../host/index.ts';
import { runWatch } from '../../supervisor/index.ts';
import { groundOf } from '../ground.ts';
import { bufferOption, portOption, spoolOption } from '../numbers.ts';
import type { Run } from '../program.ts';
import { sayReady } from './demo.ts';

interface Options {
  /** `--no-refresh` makes it false. */
  readonly refresh: boolean;
  readonly buffer?: string;
  readonly requestTimes?: boolean;
  readonly port?: string;
  readonly spool?: string;
}

export const watch: Run<Options> = async (call) => {
  const { place, voice, options, words } = call,
    settings = readSettings(place.surroundings),
    bufferBytes = bufferOption(options.buffer, cpus().length, totalmem());
  const wanted = {
    paths: words,
    refreshes: options.refresh,
    requestTimes: options.requestTimes ?? false,
    ...(bufferBytes !== undefined && { bufferBytes }),
    port: portOption(options.port, settings.port),
    spoolBytes: spoolOption(options.spool, settings.spoolBytes),
  };
  // Who verifies waits for what a watch asks the kernel, and need not where it asks nothing.
  const command = ['watch', ...(options.refresh ? [] : ['--no-refresh']), ...words];
  await runWatch(wanted, groundOf(call, command), (ready) => sayReady(ready, voice, words));
  return 0;
};
