import { hostname, userInfo } from 'node:os';
import { readSettings } from '../../host/index.ts';
import { type Ready, runDemo } from '../../supervisor/index.ts';
import { groundOf } from '../ground.ts';
import { bytesOption, countOption, portOption, spoolOption } from '../numbers.ts';
import type { Run } from '../program.ts';
import type { Voice } from '../voice.ts';

interface Options {
  readonly dir?: string;
  readonly mount?: string;
  readonly cache: 'writeback' | 'through';
  readonly workload: 'gentle' | 'busy' | 'none';
  readonly port?: string;
  readonly devices?: string;
  readonly size?: string;
  readonly chunk?: string;
  readonly strips?: string;
  readonly spool?: string;
}

export const demo: Run<Options> = async (call) => {
  const { place, voice, options } = call,
    settings = readSettings(place.surroundings);
  const wanted = {
    dir: options.dir,
    mount: options.mount,
    cache: options.cache,
    workload: options.workload,
    port: portOption(options.port, settings.port),
    devices: countOption('--devices', options.devices),
    imageBytes: bytesOption('--size', options.size),
    chunkBytes: bytesOption('--chunk', options.chunk),
    strips: countOption('--strips', options.strips),
    spoolBytes: spoolOption(options.spool, settings.spoolBytes),
  };
  await runDemo(wanted, groundOf(call, ['demo']), (ready) => sayReady(ready, voice));
  return 0;
};

/** A user without an entry in the password file has only a number, which ssh would not take. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'USER';
  }
}

/** The one line for scripts; for people the address, what is `watched`, what to do with the mount, and how to get there from elsewhere. */
export function sayReady(ready: Ready, { say, tell, bold }: Voice, watched: readonly string[] = []): void {
  tell(ready);
  const { port } = new URL(ready.url);
  say('', `  page    ${bold(ready.url)}`);
  for (const path of watched) say(`  watch   ${path}`);
  // Without allow_other, which is root's, a FUSE mount is its owner's alone.
  if (ready.mount !== null) say(`  mount   ${ready.mount}  (any program${process.getuid?.() === 0 ? '' : ' of yours'} may use it)`);
  say(`  remote  ssh -L ${port}:127.0.0.1:${port} ${userName()}@${hostname()}  and then the same address there`);
  say('  stop    Ctrl-C, or: mapscope stop', '');
}
