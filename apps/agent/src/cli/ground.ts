import { readSettings } from '../host/index.ts';
import type { Ground } from '../supervisor/index.ts';
import type { Place } from './place.ts';
import type { Voice } from './voice.ts';

/** What a run stands on, from where the command runs. */
export const groundOf = (place: Place, voice: Voice, command: readonly string[]): Ground => ({
  settings: readSettings(place.surroundings),
  uid: place.surroundings.uid,
  tmp: place.surroundings.tmp,
  version: place.version,
  programs: place.programs,
  page: place.page,
  command,
  say: voice.hint,
});
