import { resolve } from 'node:path';
import { showSpace } from '../../sources/fsmap/index.ts';
import { grid, type GridColumn } from '../grid.ts';
import type { Run } from '../program.ts';

const recordColumns: readonly GridColumn[] = [
  { head: 'device' },
  { head: 'physical', isNumber: true },
  { head: 'length', isNumber: true },
  { head: 'owner' },
  { head: 'offset', isNumber: true },
  { head: 'flags' },
  { head: 'path' },
];
const totalColumns: readonly GridColumn[] = [{ head: 'owner' }, { head: 'bytes', isNumber: true }, { head: 'records', isNumber: true }];

/** Flags that the owner and the end of the table say already. */
const said = new Set(['SPECIAL_OWNER', 'LAST']);

/** Who owns the space of the filesystem that a path lies on. */
export const fsmap: Run<{ readonly paths?: boolean }> = async ({ voice, options, words }) => {
  const shown = await showSpace(resolve(words[0]!), { paths: options.paths === true });
  voice.tell(shown);
  const { filesystem, device, mount, records, totals, notes } = shown;
  voice.say(`${voice.bold(mount)}  ${filesystem} on ${device}, ${records.length} records`);
  for (const line of grid(
    totalColumns,
    totals.map(({ owner, bytes, records }) => [owner, bytes, String(records)]),
    voice,
  ))
    voice.say(line);
  voice.say('');
  for (const line of grid(
    recordColumns,
    records.map(({ device, physical, length, owner, ino, offset, flags, path }) => [
      device,
      physical,
      length,
      ino === null ? owner : `inode ${ino}`,
      offset ?? '',
      flags.filter((flag) => !said.has(flag)).join(' '),
      path ?? '',
    ]),
    voice,
  ))
    voice.say(line);
  for (const note of notes) voice.say(note);
  return 0;
};
