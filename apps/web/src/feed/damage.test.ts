import { openRecording, sourceOf } from '@mapscope/shared/trace';
import { type Flaw, utf8 } from '@mapscope/shared/units';
import { expect, test } from 'vitest';
import { noRecording } from './damage.ts';

test('noRecording names both versions of a recording that is newer, and says of anything else that it is none', async () => {
  const newer = new Uint8Array(24);
  newer.set(utf8('mapscope'));
  newer[8] = 9;
  expect(noRecording((await openRecording(sourceOf(newer))) as Flaw)).toEqual({
    what: 'This recording is of a newer mapscope',
    detail: 'Its format is version 9, and this page reads 1 to 3.',
  });
  const other = (await openRecording(sourceOf(utf8('This is a letter to somebody.')))) as Flaw;
  expect(noRecording(other)).toEqual({
    what: 'This is no recording of mapscope',
    detail: 'It begins with "This is ", and a recording begins with "mapscope".',
  });
});
