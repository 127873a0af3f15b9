import { frameOf, workload, type EventRow } from '@mapscope/shared/fixtures';
import { createModel, reduce } from '@mapscope/shared/model';
import { FolioState, type Frame, How, Kind, MapLayer, MapType, NO_ADDR, opId, OpType, ownMark, SourceId } from '@mapscope/shared/trace';
import { MapFlag, Opcode } from '@mapscope/shared/wire';
import { utf8 } from '@mapscope/shared/units';
import { describe, expect, test } from 'vitest';
import { Answerer, resolve } from './answer.ts';
import type { Look } from './look.ts';
import { Heard } from './heard.ts';
import type { Shown } from './on-screen.ts';

const MiB = 1n << 20n;
const look = (more: Partial<Look> = {}): Look => ({
  file: { inode: 1, path: '', from: 0n, to: undefined },
  files: { first: 0, count: 40, sort: 'name', filter: '' },
  ops: { span: 10_000_000_000n, end: undefined, columns: 1000 },
  subject: undefined,
  seen: {},
  ...more,
});
interface Screen extends Shown {
  /** The next frame of the stream. */
  apply(frame: Frame): void;
}
/** The newest of a stream is on screen. */
const shown = (rows: readonly EventRow[]): Screen => {
  const model = createModel(),
    apply = (frame: Frame): void => reduce(model, frame);
  apply(frameOf(rows));
  return { model, ops: model, overview: new Heard().view(0n), apply };
};
const inode = (n: number, path: string, size: bigint, mode = 0o100644): EventRow => ({
  kind: Kind.inode,
  time: 1n,
  inode: n,
  length: size,
  flags: 4096,
  type: mode,
  how: How.reported,
  bytes: utf8(path),
});
const extent = (n: number, offset: bigint, length: bigint, addr: bigint, flags = 0): EventRow => ({
  kind: Kind.extent,
  time: 2n,
  inode: n,
  role: MapLayer.data,
  offset,
  length,
  addr,
  device: 1,
  flags,
  type: addr === NO_ADDR ? MapType.HOLE : MapType.MAPPED,
});
const folio = (n: number, offset: bigint, length: bigint, type: number): EventRow => ({
  kind: Kind.folio,
  time: 3n,
  inode: n,
  offset,
  length,
  type,
});

describe('answer', () => {
  test('tells a part only when it changed', () => {
    const picture = shown([...workload({ writes: 30 })]),
      answerer = new Answerer(),
      first = answerer.answer(picture, look(), 0);
    expect(first.file?.path).toBe('simple/file-0');
    expect(first.files?.total).toBe(4);
    expect(first.ops?.spans.n).toBeGreaterThan(0);
    const again = answerer.answer(picture, look({ seen: first.keys }), 1000);
    expect(Object.keys(again)).toEqual(['until', 'keys', 'isBehind']);
    expect(again.isBehind).toBe(false);
  });

  test('tells the map at once, and the list, the timeline and the inspector by their beats', () => {
    const picture = shown([inode(1, 'a', MiB)]),
      answerer = new Answerer(),
      { keys } = answerer.answer(picture, look(), 0);
    picture.apply(frameOf([folio(1, 0n, 4096n, FolioState.dirty)]));
    const soon = answerer.answer(picture, look({ seen: keys }), 10);
    expect(soon.file?.totals.dirty).toBe(4096n);
    expect(soon.files).toBeUndefined();
    expect(soon.isBehind).toBe(true);
    const later = answerer.answer(picture, look({ seen: soon.keys }), 300);
    expect(later.files?.dirty).toBe(4096n);
    expect(later.isBehind).toBe(false);
  });

  test('tells no file of an op that has none, whatever file is looked at', () => {
    const op = opId(SourceId.tracefs, 1),
      picture = shown([inode(1, 'a', MiB), { kind: Kind.opBegin, time: 2n, op, type: OpType.request, source: SourceId.tracefs }]);
    const { detail } = new Answerer().answer(picture, look({ subject: { kind: 'op', op, inode: 0, from: 0n, to: 0n } }), 0);
    expect([detail?.op?.op.op, detail?.inode, detail?.path]).toEqual([op, 0, '']);
  });

  test('tells everything anew when another model is on screen, whatever its versions are', () => {
    const [now, then] = [shown([inode(1, 'a', MiB)]), shown([inode(1, 'a', 2n * MiB)])],
      answerer = new Answerer(),
      { keys } = answerer.answer(now, look(), 0);
    const back = answerer.answer(then, look({ seen: keys }), 1000);
    expect(back.file?.size).toBe(2n * MiB);
    expect(answerer.answer(now, look({ seen: back.keys }), 2000).file?.size).toBe(MiB);
  });

  test('shows operations that are later than the moment on screen, and maps that are not', () => {
    const [then, later] = [shown([inode(1, 'a', MiB)]), shown([...workload({ writes: 30 })])];
    const { file, ops } = new Answerer().answer(
      { ...then, ops: later.ops },
      look({ ops: { span: 10n ** 10n, end: 10n ** 10n, columns: 1000 } }),
      0,
    );
    expect([file?.path, file?.data.n]).toEqual(['a', 1]);
    expect(ops?.spans.n).toBeGreaterThan(0);
    expect(ops?.until).toBe(later.model.until);
  });

  test('shows the marks of people and workloads, not those that verify finds its moments by', () => {
    const mark = (text: string): EventRow => ({ kind: Kind.mark, time: 5n, bytes: utf8(text) });
    const { ops } = new Answerer().answer(shown([mark('punch 3'), mark(ownMark(4242, 1)), mark('verified')]), look(), 0);
    expect(ops?.marks.map(({ text }) => text)).toEqual(['punch 3', 'verified']);
  });

  test('lists under a file of requests those that say something of its bytes, such as GET_FMAP', () => {
    const request = (op: number, opcode: number): EventRow[] => [
      { kind: Kind.opBegin, time: 1n, op, inode: 1, type: OpType.request, flags: opcode },
      { kind: Kind.opEnd, time: 2n, op, inode: 1, type: OpType.request },
    ];
    const all = shown([inode(1, 'a', MiB), ...request(1, Opcode.GET_FMAP), ...request(2, Opcode.GETATTR)]);
    expect(new Answerer().answer(all, look(), 0).detail?.touched.map(({ flags }) => flags)).toEqual([Opcode.GET_FMAP]);
  });

  test('answers another question at once, whatever the beat', () => {
    const picture = shown([inode(1, 'a', MiB), inode(2, 'b', MiB)]),
      answerer = new Answerer(),
      { keys } = answerer.answer(picture, look(), 0);
    const filtered = answerer.answer(picture, look({ seen: keys, files: { first: 0, count: 40, sort: 'name', filter: 'B' } }), 1);
    expect(filtered.files?.rows.map(({ path }) => path)).toEqual(['b']);
    expect(filtered.files?.known).toBe(2);
  });

  test('lists regular files, those gone last, sorted as asked', () => {
    const picture = shown([
      inode(1, 'z', MiB),
      inode(2, 'dir', 0n, 0o040755),
      inode(3, 'a', 4096n),
      inode(4, 'old', 9n * MiB),
      { kind: Kind.inodeGone, time: 9n, inode: 4 },
      // A new inode without a name: it may lie outside of what is watched.
      { kind: Kind.extent, time: 9n, inode: 5, type: MapType.MAPPED, length: 4096n },
      { kind: Kind.folio, time: 9n, inode: 5, type: FolioState.dirty, length: 4096n },
    ]);
    const names = (sort: Look['files']['sort']) =>
      new Answerer().answer(picture, look({ files: { first: 0, count: 40, sort, filter: '' } }), 0).files?.rows.map(({ path }) => path);
    expect(names('name')).toEqual(['a', 'z', 'old']);
    expect(names('size')).toEqual(['z', 'a', 'old']);
  });

  test('says the size that programs see where dirty pages are ahead of the filesystem', () => {
    const picture = shown([inode(1, 'a', 4096n), folio(1, 8192n, 4096n, FolioState.dirty), folio(1, 65_536n, 4096n, FolioState.clean)]);
    expect(new Answerer().answer(picture, look(), 0).file).toMatchObject({ size: 12_288n, reportedSize: 4096n });
  });

  test('shows what a failed writeback dropped behind the size that the filesystem knows', () => {
    const picture = shown([inode(1, 'a', 4096n), folio(1, 8192n, 4096n, FolioState.dirty), folio(1, 8192n, 4096n, FolioState.failed)]);
    const { file } = new Answerer().answer(picture, look(), 0);
    expect(file).toMatchObject({ size: 12_288n, reportedSize: 4096n, to: 12_288n });
    expect(file?.folios.state.at(-1)).toBe(FolioState.failed);
  });

  test('says that size to the byte where it is known which bytes of the last page were written', () => {
    const picture = shown([
      inode(1, 'a', 0n),
      folio(1, 0n, 8192n, FolioState.folioDirty),
      folio(1, 0n, 5000n, FolioState.dirty),
      inode(2, 'b', 4096n),
    ]);
    const { file, files } = new Answerer().answer(picture, look({ files: { first: 0, count: 40, sort: 'size', filter: '' } }), 0);
    expect(file).toMatchObject({ size: 5000n, reportedSize: 0n });
    expect(files?.rows.map(({ path, size }) => [path, size])).toEqual([
      ['a', 5000n],
      ['b', 4096n],
    ]);
  });

  test('draws folios of one moment as one flash', () => {
    const picture = shown([inode(1, 'a', MiB), ...[0n, 4096n, 8192n].map((at) => folio(1, at, 4096n, FolioState.dirty))]);
    expect(new Answerer().answer(picture, look(), 0).file?.changed.at(-1)).toMatchObject({ from: 0n, to: MiB });
    expect(new Answerer().answer(picture, look(), 0).file?.changed).toHaveLength(1);
  });

  test('finds who else holds a shared place', () => {
    const picture = shown([
      inode(1, 'a', MiB),
      inode(2, 'b', MiB),
      inode(3, 'c', MiB),
      extent(1, 0n, 8192n, 65_536n, MapFlag.SHARED),
      extent(2, 4096n, 4096n, 69_632n, MapFlag.SHARED),
      extent(3, 0n, 4096n, 1n << 30n, MapFlag.SHARED),
    ]);
    expect(new Answerer().answer(picture, look(), 0).file?.sharers.map(({ path }) => path)).toEqual(['b']);
  });

  test('says which source tells of folios, the best that works', () => {
    const source = (id: number, folios: string, state = 'ok'): EventRow => ({
      kind: Kind.source,
      time: 1n,
      source: id,
      bytes: utf8(JSON.stringify({ name: 'x', state, why: '', help: '', folios })),
    });
    const file = (...rows: EventRow[]) => new Answerer().answer(shown([inode(1, 'a', MiB), ...rows]), look(), 0).file,
      of = (...rows: EventRow[]) => file(...rows)?.foliosFrom;
    expect(of()).toBe('none');
    expect(of(source(SourceId.pagecache, 'cachestat'), source(SourceId.tracefs, 'tracepoints', 'unavailable'))).toBe('cachestat');
    expect(of(source(SourceId.pagecache, 'cachestat'), source(SourceId.tracefs, 'tracepoints'))).toBe('tracepoints');
    expect(of(source(SourceId.pagecache, 'cachestat'), source(SourceId.tracefs, 'tracepoints', 'ended'))).toBe('cachestat');
    // What is drawn was told by somebody, and stays so when he has nothing more to tell.
    expect(file(source(SourceId.import, 'tracepoints', 'ended'))).toMatchObject({ foliosFrom: 'tracepoints', foliosAreOver: true });
  });

  test('tells of which files nobody has told the size, in the list too', () => {
    const of = (row: EventRow) => {
      const { file, files } = new Answerer().answer(shown([row]), look(), 0);
      return [file?.isSizeUnknown, files?.rows[0]?.isSizeUnknown];
    };
    expect(of(inode(1, 'a', 0n))).toEqual([undefined, undefined]);
    expect(of({ ...inode(1, 'a', 0n), how: How.unknown })).toEqual([true, true]);
    // Pages that are dirty say how long it is at least, and nothing of what a filesystem was told.
    const dirty = { kind: Kind.folio, time: 1n, inode: 1, type: FolioState.dirty, offset: MiB, length: 4096n, how: How.observed } as const;
    const { file } = new Answerer().answer(shown([{ ...inode(1, 'a', 0n), how: How.unknown }, dirty]), look(), 0);
    expect([file?.size, file?.isSizeUnknown, file?.reportedSize]).toEqual([MiB + 4096n, true, undefined]);
  });

  test('draws an empty file as wide as what it has space for', () => {
    const reserved = {
      kind: Kind.extent,
      time: 1n,
      inode: 1,
      role: MapLayer.data,
      offset: MiB,
      device: 1,
      type: MapType.UNWRITTEN,
    } as const;
    const end = (...rows: EventRow[]) => new Answerer().answer(shown(rows), look(), 0).file?.end;
    expect(end(inode(1, 'a', 0n))).toBe(4096n);
    expect(end(inode(1, 'a', 0n), { ...reserved, length: MiB })).toBe(2n * MiB);
    expect(end(inode(1, 'a', 5000n), { ...reserved, length: MiB })).toBe(8192n);
    // Bytes from outside: no file is longer than this.
    expect(end(inode(1, 'a', 0n), { ...reserved, length: 1n << 63n })).toBe(1n << 63n);
  });

  test('tells at once of another model what it tells else at its beat', () => {
    const answerer = new Answerer(),
      first = answerer.answer(shown([]), look(), 0);
    expect(first.files?.total).toBe(0);
    const second = answerer.answer(shown([inode(1, 'a', MiB)]), look({ seen: first.keys }), 1);
    expect(second.files?.total).toBe(1);
  });

  test('explains an op with what caused it and what it caused', () => {
    const picture = shown([...workload({ writes: 5 })]),
      answerer = new Answerer(),
      { ops } = answerer.answer(picture, look(), 0),
      { spans } = ops!;
    const k = [...spans.parent].findIndex((parent) => parent !== 0),
      op = spans.op[k]!;
    const { detail } = answerer.answer(picture, look({ subject: { kind: 'op', op, inode: spans.inode[k]!, from: 0n, to: 0n } }), 1);
    expect(detail?.op).toMatchObject({ op: { op }, parent: { op: spans.parent[k] } });
    expect(detail?.op?.op.mappings).toHaveLength(1);
    const parent = answerer.answer(
      picture,
      look({ subject: { kind: 'op', op: spans.parent[k]!, inode: spans.inode[k]!, from: 0n, to: 0n } }),
      2,
    ).detail?.op;
    expect(parent?.children.map((child) => child.op)).toContain(op);
    expect(parent?.ios).toHaveLength(1);
  });

  test('says a hole to the end of the file, however far it was told', () => {
    const picture = shown([inode(1, 'a', 10_000n), extent(1, 0n, 1n << 63n, NO_ADDR)]);
    const { file, detail } = new Answerer().answer(
      picture,
      look({ subject: { kind: 'extent', inode: 1, layer: 'data', from: 0n, to: 4096n } }),
      0,
    );
    expect(file?.data.to[0]).toBe(12_288n);
    expect(detail?.extent?.extent.to).toBe(12_288n);
  });

  test('explains an extent with what of it is dirty', () => {
    const picture = shown([
      inode(1, 'a', MiB),
      extent(1, 0n, 65_536n, 1n << 20n),
      folio(1, 4096n, 8192n, FolioState.dirty),
      folio(1, 61_440n, 8192n, FolioState.writeback),
    ]);
    const { detail } = new Answerer().answer(
      picture,
      look({ subject: { kind: 'extent', inode: 1, layer: 'data', from: 0n, to: 65_536n } }),
      0,
    );
    expect(detail?.extent).toMatchObject({ extent: { addr: 1n << 20n }, cached: 12_288n, dirty: 8192n, writeback: 4096n });
  });
});

describe('resolve', () => {
  const { model } = shown([inode(1, 'a', MiB), inode(2, 'b', MiB)]);
  test('goes by the name where another agent gave the number to another file', () => {
    expect(resolve(model, 1, 'b')?.inode).toBe(2);
  });
  test('goes by the number where the name has changed', () => {
    expect(resolve(model, 1, 'before its rename')?.inode).toBe(1);
    expect(resolve(model, 9, 'nowhere')).toBeUndefined();
  });
});
