import { flush, holdersOf, unmountGently } from '../host/index.ts';
import type { Child } from './child.ts';
import type { Crew } from './run.ts';

/** How long a session may take to write back what is dirty on its mount. */
const FLUSH_WAIT_MS = 8000;

/** Takes the mount away while its session still serves: what programs left dirty is written, and who still uses it is named. */
export async function leaveMount(
  path: string,
  source: string,
  session: Pick<Child<unknown>, 'tell'>,
  { ground, hurry, log }: Crew,
): Promise<void> {
  const cut = hurry.aborted ? 0 : FLUSH_WAIT_MS;
  if (cut > 0 && !(await flush(path, cut, hurry))) ground.say(`Not everything that was written to ${path} could be written back.`);
  const holders = holdersOf(path);
  session.tell({ do: 'expect-unmount' });
  const how = await unmountGently(path, source);
  log.info({ path, how, holders }, 'mount left');
  if (how === 'used')
    ground.say(
      `${path} was still in use by ${holders.map(({ name, pid }) => `${name} (${pid})`).join(', ') || 'another process'}, which has lost it.`,
    );
}
