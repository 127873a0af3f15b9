import { readSettings } from '../host/index.ts';
import type { Ground } from '../supervisor/index.ts';
import type { Call } from './program.ts';

/** What a run stands on, from where the command runs; `command`: which, and on what. */
export const groundOf = ({ place, voice, typed }: Call<unknown>, command: readonly string[]): Ground => ({
  settings: readSettings(place.surroundings),
  uid: place.surroundings.uid,
  tmp: place.surroundings.tmp,
  version: place.version,
  programs: place.programs,
  page: place.page,
  command,
  commandLine: ['mapscope', ...typed],
  say: voice.hint,
});
