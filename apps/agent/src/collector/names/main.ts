import { setTimeout as sleep } from 'node:timers/promises';
import { problem } from '@mapscope/shared/units';
import { ownThreads, Refused } from '../../host/index.ts';
import { readLines } from '../../pipe/index.ts';
import { AskingNames } from './asking-names.ts';
import type { Asked, Said } from './said.ts';

/*
 * The process that asks a FUSE mount what files are on it: nobody else of us does. A server that falls silent holds it, even when it is killed, and nothing of ours with it: it has no
 * descriptors but its two pipes. Ends with its standard input.
 */
const TICK_MS = 5;
/** It is looked so often whether the server answers. */
const LOOK_MS = 500;

const say = (said: Said): void => void process.stdout.write(`${JSON.stringify(said)}\n`);
readLines(
  process.stdin,
  (line) => void ask(JSON.parse(line) as Asked),
  () => process.exit(0),
);

async function ask(asked: Asked): Promise<void> {
  say({ threads: [...(await ownThreads())] });
  const asking = new AskingNames(asked, say);
  try {
    await asking.begin(asked.paths);
  } catch (error) {
    return say({
      refused:
        error instanceof Refused
          ? error.problem
          : problem('E_FILE', `the names of a mount cannot be asked for: ${String(error)}`, 'The log says more'),
    });
  }
  say({ begun: true });
  setInterval(() => asking.tick(), TICK_MS);
  for (let before = -1; ; await sleep(LOOK_MS)) {
    // Questions wait, and none was answered since it was last looked.
    const isSilent = asking.asked > asking.answered && asking.answered === before;
    before = asking.answered;
    say({ isSilent });
  }
}
