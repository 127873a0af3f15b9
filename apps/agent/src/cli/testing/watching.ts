import { afterEach, beforeEach } from 'vitest';
import { Undo } from '../../sources/testing/live.ts';
import { noLoop, type OnLoop } from '../../sources/testing/loops.ts';
import { noRun, openPlace, type Place } from './agent.ts';

/** What each test of a watch has to itself. */
export interface Watching {
  /** Where its commands run; closed behind it. */
  readonly place: Place;
  /** What it makes on this machine, undone behind it. */
  readonly undo: Undo;
  /** Why nothing on a filesystem of this type can be watched here; undefined: it can. */
  readonly whyNot: (type: OnLoop) => string | undefined;
}

/** Sets up the tests of the file that calls it. */
export async function setUpWatching(): Promise<Watching> {
  const undo = new Undo(),
    tracefs = await undo.tracefs();
  await undo.release();
  let place: Place;
  beforeEach(() => {
    place = openPlace();
  });
  afterEach(async () => {
    await place.close();
    await undo.release();
  });
  return {
    undo,
    get place() {
      return place;
    },
    whyNot: (type) => noRun ?? (tracefs.path === null ? tracefs.why : noLoop(type)),
  };
}
