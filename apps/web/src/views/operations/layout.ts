import { Asker, OpType } from '@mapscope/shared/trace';
import { OpState } from '@mapscope/shared/model';
import { U64_MAX } from '@mapscope/shared/units';
import { Errno, OpFlag } from '@mapscope/shared/wire';
import { momentTicks, sayBytes, sayDuration, sayMoment } from '../../axis/index.ts';
import type { Box } from '../../draw/index.ts';
import { classOf, opFlagsOf } from '../../feed/op-class.ts';
import { lengthOf, opTitleOf } from '../inspector/op-words.ts';
import { chooseLanes, NAMES } from './lanes.ts';
import { overviewOf } from './overview.ts';
import type { Lane, Mark, OpsInput, OpsScene, Shape } from './scene.ts';

export const LEFT = 124;
const RIGHT = 14,
  HEAD = 18,
  OVERVIEW = 40,
  LEAST_PX = 1.25;

/** Nanoseconds to pixels: subtract while both are bigint. */
export const timePx = (at: bigint, from: bigint, to: bigint, width: number): number => (Number(at - from) / Number(to - from)) * width;

export function layout(input: OpsInput, width: number, height: number): OpsScene {
  const { window, from, to, origin, until } = input,
    left = LEFT,
    right = Math.max(left + 1, width - RIGHT),
    w = right - left;
  const lanesBottom = Math.max(HEAD + 9, height - OVERVIEW - 4),
    { lanes, leftOut } = chooseLanes(window, { inode: input.inode, path: input.path }, HEAD, lanesBottom - HEAD);
  const x = (at: bigint): number => left + timePx(at, from, to, w);
  const { step, at } = momentTicks(from, to, w, origin),
    absent = absentOf(input, x, { x: left, y: HEAD, w, h: lanesBottom - HEAD });
  const lost = window.losses
    .filter((loss) => loss.from < to && loss.to >= from)
    .map((loss) => {
      const x0 = Math.max(left, x(loss.from)),
        x1 = Math.min(right, Math.max(x0 + 2, x(loss.to)));
      return { box: { x: x0, y: HEAD, w: x1 - x0, h: lanesBottom - HEAD }, text: loss.rows < 0n ? 'lost' : `${loss.rows} lost` };
    });
  return {
    width,
    height,
    left,
    right,
    lanesTop: HEAD,
    lanesBottom,
    from,
    to,
    ticks: at.map((moment) => ({ x: x(moment), text: sayMoment(moment, origin, step) })),
    lanes,
    marks: marksOf(input, lanes, x, left, right),
    lost,
    labels: labelsOf(input, x, right),
    absent,
    cursorX: until >= from && until <= to ? Math.min(right, x(until)) : undefined,
    overview: overviewOf(input, { x: left, y: height - OVERVIEW + 4, w, h: OVERVIEW - 10 }),
    selectedOp: input.selectedOp,
    say: window.spans.n > 0 || lost.length > 0 || absent.length > 0 ? undefined : 'No operation in this stretch of time.',
    leftOut,
  };
}

/** Not quiet: not here. What is recorded comes when it is looked at. */
function absentOf({ window, from, to, newest, isRecorded, isBack }: OpsInput, x: (at: bigint) => number, lanes: Box): OpsScene['absent'] {
  const out: { box: Box; text: string }[] = [],
    right = lanes.x + lanes.w;
  if (window.kept > from) {
    const text = isBack ? 'not fetched' : isRecorded ? 'no longer here: look back' : 'no longer kept';
    out.push({ box: { ...lanes, w: Math.min(right, x(window.kept)) - lanes.x }, text });
  }
  if (isBack && window.until < to && window.until < newest) {
    const x0 = Math.max(lanes.x, x(window.until));
    out.push({ box: { ...lanes, x: x0, w: Math.min(right, x(to < newest ? to : newest)) - x0 }, text: 'not fetched' });
  }
  return out;
}

/** Marks in the order in which they are drawn: requests lie under what they caused. One too thin to be told from the last of its kind is left out. */
function marksOf(input: OpsInput, lanes: readonly Lane[], x: (at: bigint) => number, left: number, right: number): Mark[] {
  const { spans, fresh } = input.window,
    byInode = new Map(lanes.map((lane) => [lane.inode, lane])),
    isFile = new Set(input.window.names.filter((name) => name.isFile).map(({ inode }) => inode));
  const under: Mark[] = [],
    over: Mark[] = [],
    taken = new Map<string, number>();
  for (let i = 0; i < spans.n; i++) {
    const inode = spans.inode[i]!,
      lane = byInode.get(isFile.has(inode) ? inode : NAMES);
    if (!lane) continue;
    const isOpen = spans.end[i] === U64_MAX,
      isGivenUp = (spans.state[i]! & OpState.neverEnded) !== 0,
      isInDoubt = isOpen && (spans.state[i]! & OpState.endInDoubt) !== 0,
      end = isGivenUp || isInDoubt ? spans.begin[i]! : isOpen ? input.window.until : spans.end[i]!;
    const x0 = Math.max(left, x(spans.begin[i]!)),
      x1 = Math.min(right, x(end));
    if (x1 < left || x0 > right) continue;
    const shape = shapeOf(spans.type[i]!, spans.flags[i]!),
      tone = toneOf(spans.type[i]!, spans.flags[i]!),
      w = Math.max(LEAST_PX, x1 - x0),
      op = spans.op[i]!;
    if (w <= LEAST_PX && op !== input.selectedOp) {
      const key = `${lane.inode} ${shape} ${tone}`,
        pixel = Math.round(x0);
      if (taken.get(key) === pixel) continue;
      taken.set(key, pixel);
    }
    const flags = opFlagsOf(spans.type[i]!, spans.flags[i]!),
      from = spans.offset[i]!,
      length = lengthOf({ length: spans.length[i]!, result: spans.result[i]! });
    (shape === 'request' ? under : over).push({
      op,
      inode,
      shape,
      tone,
      box: boxOf(shape, lane, x0, w),
      isOpen,
      isFailed: isFailure(spans.type[i]!, spans.errno[i]!),
      isFresh: fresh[i] === 1,
      isDirect: (flags & OpFlag.DIRECT) !== 0 || spans.type[i] === OpType.direct,
      isDax: (flags & OpFlag.DAX) !== 0,
      isLarge: shape === 'fault' && length > input.window.pageSize,
      isEngine: spans.role[i] === Asker.engine,
      from,
      to: from + length > U64_MAX ? U64_MAX : from + length,
      lines: [
        `${opTitleOf(spans.type[i]!, spans.flags[i]!)}${lane.inode === NAMES ? '' : ` ${lane.name}`}`,
        ...(length > 0n ? [inode === 0 ? sayBytes(length) : `${sayBytes(length)} at ${sayBytes(from)}`] : []),
        isGivenUp
          ? 'its end was not seen'
          : isInDoubt
            ? 'its end may be among what was lost'
            : isOpen
              ? 'still open'
              : `took ${sayDuration(end - spans.begin[i]!)}`,
        sayMoment(spans.begin[i]!, input.origin, 1000n),
      ],
    });
  }
  return [...under, ...over];
}

export function shapeOf(type: number, said: number): Shape {
  const flags = opFlagsOf(type, said);
  if (type === OpType.request) return 'request';
  if (type === OpType.fault) return 'fault';
  if (type === OpType.writeback || (flags & OpFlag.WRITEBACK) !== 0) return 'writeback';
  return (flags & OpFlag.REPORT) !== 0 ? 'report' : 'bracket';
}

function toneOf(type: number, flags: number): Mark['tone'] {
  const kind = classOf(type, flags);
  return kind === 'other' && (opFlagsOf(type, flags) & OpFlag.ZERO) !== 0 ? 'zero' : kind;
}

/** A lookup that finds nothing is an answer, not a failure: of requests only what loses or refuses data is. */
const failures: ReadonlySet<number> = new Set([Errno.EIO, Errno.ENOSPC, Errno.EUCLEAN, Errno.ENOMEM, Errno.EFBIG]);
const isFailure = (type: number, errno: number): boolean => errno !== 0 && (type !== OpType.request || failures.has(errno));

function boxOf(shape: Shape, lane: Lane, x: number, w: number): Mark['box'] {
  const top = lane.y + 1,
    h = lane.h - 2;
  // Names are nothing but requests: there they may be seen.
  if (shape === 'request') return lane.inode === NAMES ? { x, y: top + 2, w, h: h - 4 } : { x, y: lane.y + lane.h - 3, w, h: 2 };
  if (shape === 'report') return { x, y: lane.y + lane.h / 2 - 1.5, w, h: 3 };
  return { x, y: top, w, h: h - 2 };
}

/** Marks that a workload or a person set: words over the lanes, each as wide as there is room to the next. */
function labelsOf({ window, from, to }: OpsInput, x: (at: bigint) => number, right: number): OpsScene['labels'] {
  const marks = window.marks.filter(({ at }) => at >= from && at < to);
  return marks.map(({ at, text }, k) => {
    const next = marks[k + 1];
    return { x: x(at), text, room: (next ? x(next.at) : right) - x(at) - 6 };
  });
}
