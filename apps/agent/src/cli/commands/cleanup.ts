import { ownFolder, readSettings, releaseDead } from '../../host/index.ts';
import type { Run } from '../program.ts';

export const cleanup: Run<object> = async ({ place, voice }) => {
  const { runtimeDir } = readSettings(place.surroundings);
  // A record that somebody else could have written would be obeyed here.
  ownFolder(runtimeDir, place.surroundings.uid, 'MAPSCOPE_RUNTIME_DIR');
  const { done: removed, left } = await releaseDead(runtimeDir);
  voice.tell({ removed, left });
  for (const sentence of removed) voice.say(`${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`);
  for (const sentence of left) voice.hint(`Still there: ${sentence}.`);
  if (removed.length + left.length === 0) voice.say('Nothing was left behind.');
  return left.length === 0 ? 0 : 1;
};
