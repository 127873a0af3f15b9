import { decodeFrame, type Frame, FrameBuilder, KeyframeEdge, KeyframePart, Kind, SourceId } from '../trace/index.ts';
import { onlyRows } from './keyframe-reader.ts';
import { KEEP_LOSSES } from './model.ts';

/**
 * Rows that are in no log: the recorder left them out, or their blocks are damaged. The keyframe behind them is of a model that had them. It tells anew
 * what is so, and whoever reduces it would forget that they are gone.
 */
export class Gaps {
  /** Frames of one `lost` row each, the newest. */
  private losses: Frame[] = [];
  /** Rows of those that are kept no more. */
  private older = 0n;

  /** The next frame of the log; true: it says that rows are gone. */
  note(frame: Frame): boolean {
    const found = rowsOf(frame, isGap);
    for (const i of found) this.losses.push(onlyRows(frame, [i]));
    for (const loss of this.losses.splice(0, Math.max(0, this.losses.length - KEEP_LOSSES))) this.older += goneIn(loss);
    return found.length > 0;
  }

  /** The frames of a state, which tell of these losses as well, where they did not. */
  toldIn(state: readonly Frame[]): Frame[] {
    const told = new Set(state.flatMap((frame) => rowsOf(frame, isGap).map((i) => nameOf(frame, i)))),
      missing = this.losses.filter((loss) => !told.has(nameOf(loss, 0)));
    return state.flatMap((frame) => {
      const [begin] = rowsOf(frame, isBegin);
      return begin === undefined || missing.length === 0 ? [frame] : this.split(frame, begin, missing);
    });
  }

  /** A frame with the row where a state begins, cut behind that: between the two stand the losses. */
  private split(frame: Frame, begin: number, losses: readonly Frame[]): Frame[] {
    const out = new FrameBuilder(begin + 1 + losses.length);
    for (let i = 0; i <= begin; i++) out.copy(frame, i);
    // The row says how many rows were lost in all.
    out.offset[begin]! += losses.reduce((sum, loss) => sum + goneIn(loss), this.older);
    for (const loss of losses) out.copy(loss, 0);
    const head = decodeFrame(out.take(frame.until, { flags: frame.flags_ })) as Frame,
      rest = rowsOf(frame, (_, i) => i > begin);
    return rest.length > 0 ? [head, onlyRows(frame, rest)] : [head];
  }
}

const isGap = ({ kind, source }: Frame, i: number): boolean => kind[i] === Kind.lost && source[i] === SourceId.hub;
const isBegin = ({ kind, inode, role, type }: Frame, i: number): boolean =>
  kind[i] === Kind.keyframe && inode[i] === 0 && role[i] === KeyframeEdge.begin && type[i] !== KeyframePart.inodes;
const nameOf = ({ time, offset, length, result }: Frame, i: number): string => `${time[i]} ${offset[i]} ${length[i]} ${result[i]}`;
/** Of a loss whose rows nobody counted it was one at least. */
const goneIn = ({ result }: Frame): bigint => (result[0]! < 1n ? 1n : result[0]!);

function rowsOf(frame: Frame, is: (frame: Frame, i: number) => boolean): number[] {
  const out: number[] = [];
  for (let i = 0; i < frame.count; i++) if (is(frame, i)) out.push(i);
  return out;
}
