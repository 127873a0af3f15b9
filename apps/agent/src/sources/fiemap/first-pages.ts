import { fiemap as askFiemap, monotonic } from '@mapscope/native';
import { fiemap, FiemapColumns, fiemapExtent } from '@mapscope/shared/wire';
import { type Refused } from '../../host/index.ts';
import { fiemapRefused } from './refusal.ts';
import { type Answer, endOfPage, isEndOf, type MapPage } from './pages.ts';

/** What is asked of one of many files. */
export interface FirstAsk {
  readonly fd: number;
  /** Of the file, bytes. */
  readonly from: bigint;
  readonly to: bigint;
}

/** The page, and whether it is all that was asked for; otherwise `mapPages` goes on at its `to`. */
export interface FirstPage extends MapPage {
  readonly isEnd: boolean;
}

/** Most files have fewer extents. */
const RECORDS = 32;
const SLOT = fiemap.size + RECORDS * fiemapExtent.size;

/** The first pages of the maps of many files, in one call beside the event loop: of small files, where one call a file would mostly be waited for. */
export class FirstPages {
  private room = new Uint8Array(0);

  /** One answer a question, in their order; its columns are its own. */
  async ask(asks: readonly FirstAsk[]): Promise<readonly (FirstPage | Refused)[]> {
    if (this.room.length < asks.length * SLOT) this.room = new Uint8Array(asks.length * SLOT);
    const { room } = this,
      answers = new Int32Array(asks.length),
      slots = asks.map((_, i) => room.subarray(i * SLOT, (i + 1) * SLOT));
    asks.forEach(({ from, to }, i) => fiemap.write({ fm_start: from, fm_length: to - from }, slots[i]!));
    const asked = monotonic();
    await askFiemap(
      Int32Array.from(asks, ({ fd }) => fd),
      room,
      SLOT,
      answers,
    );
    const answered = monotonic();
    return asks.map(({ from, to }, i) => {
      const mapped = answers[i]!;
      return mapped < 0
        ? fiemapRefused('the file', -mapped, slots[i]!)
        : pageOf({ start: from, slot: slots[i]!, mapped, asked, answered }, to);
    });
  }
}

function pageOf(answer: Answer, wanted: bigint): FirstPage {
  const { start, slot, mapped, asked, answered } = answer,
    extents = new FiemapColumns(Math.max(1, mapped)),
    isEnd = isEndOf(answer, wanted);
  extents.restart(start);
  extents.append(slot, mapped);
  return { from: start, to: endOfPage(extents, isEnd, wanted), asked, answered, extents, isEnd };
}
