import type { Model, OpSpans } from '@mapscope/shared/model';
import type { Shown } from './on-screen.ts';
import { isOwnMark, OpType } from '@mapscope/shared/trace';
import { MapFlag } from '@mapscope/shared/wire';
import { isListed } from './files-page.ts';
import type { LaneName, Look, OpsWindow } from './look.ts';
import { copyOf } from './overview.ts';
import { thinSpans } from './thin-spans.ts';

/** The operations of the stretch that is asked for; without an end it ends now. */
export function opsWindow({ model: moment, ops: model, overview }: Shown, ask: Look['ops']): OpsWindow {
  const to = ask.end ?? moment.until + 1n,
    from = to > ask.span ? to - ask.span : 0n;
  const spans = thinSpans(model, from, to, ask.columns);
  const names = new Map<number, LaneName>();
  for (let i = 0; i < spans.n; i++) {
    const inode = spans.inode[i]!;
    if (!names.has(inode)) names.set(inode, laneName(model, inode));
  }
  const oldest = model.ops.endedSlots()[0];
  return {
    from,
    to,
    spans,
    fresh: freshOf(model, spans),
    pageSize: model.pageSize,
    names: [...names.values()],
    losses: model.losses.list(),
    marks: model.marks.list().filter(({ at, text }) => at >= from && at < to && !isOwnMark(text)),
    overview: copyOf(overview),
    kept: oldest === undefined || model.ops.letGo === 0 ? 0n : model.ops.cells.begin[oldest]!,
    until: model.until,
  };
}

function laneName(model: Model, inode: number): LaneName {
  const file = model.files.find(inode);
  return { inode, path: file?.pathText ?? '', isFile: file !== undefined && isListed(file) };
}

/** Mappings are looked up an op at a time: where there are more ops than can be told apart, nobody sees the dots. */
const MOST_FRESH = 4_000;

function freshOf(model: Model, spans: OpSpans): Uint8Array {
  const fresh = new Uint8Array(spans.n);
  if (spans.n > MOST_FRESH) return fresh;
  for (let i = 0; i < spans.n; i++)
    if (spans.type[i] === OpType.iomap && model.ops.find(spans.op[i]!)?.mappings.some(({ flags }) => (flags & MapFlag.NEW) !== 0))
      fresh[i] = 1;
  return fresh;
}
