import { flush, type Holder, holdersOf, unmountGently } from '../host/index.ts';
import type { Child } from './child.ts';
import type { Crew } from './run.ts';

/** How long a session may take to write back what is dirty on its mount. */
const FLUSH_WAIT_MS = 8000;

/** Takes the mount away while its session still serves: what programs left dirty is written, and who still uses it is named. */
export async function leaveMount(
  path: string,
  source: string,
  session: Pick<Child<unknown>, 'tell'>,
  { ground, hurry, log, run }: Crew,
): Promise<void> {
  if (!hurry.aborted && !(await flush(path, FLUSH_WAIT_MS, hurry)))
    ground.say(`Not everything that was written to ${path} could be written back.`);
  // The collector may have files open, to look at their pages: it loses nothing.
  const own = new Set(run.record().processes.map(({ pid }) => pid)),
    holders = holdersOf(path).filter(({ pid }) => !own.has(pid));
  session.tell({ do: 'expect-unmount' });
  const how = await unmountGently(path, source);
  log.info({ path, how, holders }, 'mount left');
  if (how === 'used' && holders.length > 0) ground.say(`${path} was still in use by ${holders.map(nameOf).join(', ')}, which has lost it.`);
}

const nameOf = ({ name, pid }: Holder): string => `${name} (${pid})`;
