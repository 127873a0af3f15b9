import type { Apart, Ioend } from '@mapscope/shared/model';
import { MapType, NO_ADDR } from '@mapscope/shared/trace';
import { errnoName, mapTypeName } from '@mapscope/shared/wire';
import { sayBytes } from '../../axis/index.ts';
import type { IoendDetail } from '../../feed/look.ts';

/** What went into an ioend: `16 runs of dirty bytes merged into it: …`. */
export function ioendSentence({ it, runs }: Pick<IoendDetail, 'it' | 'runs'>): string {
  const bytes = sayBytes(it.to - it.from),
    doubt = it.isInDoubt ? ' Rows were lost meanwhile: there may be more.' : '';
  if (runs === 0) return `${bytes} went out as one I/O. How many runs of dirty bytes merged into it was not seen.${doubt}`;
  if (runs === 1) return `One run of dirty bytes, ${bytes}: nothing merged with it.${doubt}`;
  return `${runs} runs of dirty bytes merged into it, ${bytes}: each goes on where the one before ends, in the file and on the device, and ends as it does.${doubt}`;
}

/** Each reason with its sentence, in the order of the kernel's checks. `before` lies before `after` in the file. */
export function apartWords(why: readonly Apart[], before: Ioend, after: Ioend): readonly (readonly [name: string, meaning: string])[] {
  return why.map((reason) => [reason, sayApart(reason, before, after)]);
}

/** Where there is no reason in the two. */
export const sayNotApart = (before: Ioend, after: Ioend): string =>
  before.type === MapType.UNKNOWN || after.type === MapType.UNKNOWN
    ? 'Where one of them lies was not told, so it is not known what kept them apart.'
    : 'Nothing in the two kept them apart: an I/O was as large as one may be, or they are of two passes of writeback.';

function sayApart(reason: Apart, before: Ioend, after: Ioend): string {
  switch (reason) {
    case 'file-gap':
      return `${sayBytes(after.from - before.to)} of the file between them were not written`;
    case 'address-gap':
      return sayJump(before, after);
    case 'type':
      return `one goes to ${mapTypeName(before.type)} space, the other to ${mapTypeName(after.type)}: they end differently`;
    case 'shared':
      return 'only one of them is copied on write, and has its place remapped when it is written';
    case 'boundary':
      return 'its mapping begins with BOUNDARY: nothing before it may be in one I/O with it';
    default:
      return `one ended with ${errnoName(before.errno ?? 0)}, the other with ${errnoName(after.errno ?? 0)}`;
  }
}

function sayJump(before: Ioend, after: Ioend): string {
  if (before.addr === NO_ADDR || after.addr === NO_ADDR) return 'one of them has no place on the device yet';
  if (before.device !== after.device) return 'they lie on two devices';
  const end = before.addr + (before.to - before.from),
    jump = after.addr > end ? after.addr - end : end - after.addr;
  return `on the device the second begins ${sayBytes(jump)} ${after.addr > end ? 'behind' : 'before'} the end of the first`;
}
