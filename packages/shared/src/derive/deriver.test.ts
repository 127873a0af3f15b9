import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { formatsOf, recordOf } from '../fixtures/ftrace/records.ts';
import { decodeFrame, FolioState, type Frame, FrameBuilder, How, Kind } from '../trace/index.ts';
import { isFlaw } from '../units/index.ts';
import { createDeriver, type Deriver } from './deriver.ts';

const DEV = 39;
const FILE = 0x20c13fn;
const names = (table: Readonly<Record<string, number>>) => new Map(Object.entries(table).map(([name, n]) => [n, name]));
const kinds = names(Kind),
  states = names(FolioState),
  hows = names(How);

/** A stage: records go in as the kernel would write them, rows come out as words. */
class Stage {
  readonly builder = new FrameBuilder();
  readonly known = new Map([[FILE, 7]]);
  readonly formats;
  readonly deriver: Deriver;
  now = 1000n;

  constructor(release: '6.18' | '6.1' = '6.18', without: readonly string[] = [], ownPids: readonly number[] = []) {
    this.formats = new Map([...formatsOf(release)].filter(([name]) => !without.includes(name)));
    this.deriver = createDeriver({
      rules: 'fuse',
      formats: this.formats.values(),
      out: this.builder,
      full: () => void this.builder.take(0n),
      identify: (dev, ino) => (dev === DEV ? (this.known.get(ino) ?? 0) : -1),
      pageSize: 4096,
      ownPids: new Set(ownPids),
    });
  }

  put(event: string, fields: Readonly<Record<string, number | bigint | string>>, pid = 100, at = (this.now += 1n)): void {
    const view = recordOf(this.formats.get(event)!, { common_pid: pid, ...fields });
    this.deriver.record(view, 0, view.byteLength, at, 1);
  }

  iter(pos: number, { flags = 1, pid = 100, ino = FILE, status = 0 } = {}): void {
    const hasStatus = this.formats.get('iomap_iter')!.fields.has('status');
    this.put('iomap_iter', { dev: DEV, ino, pos, flags, ...(hasStatus && { status }) }, pid);
  }
  map(pid = 100, ino = FILE): void {
    this.put('iomap_iter_dstmap', { dev: DEV, ino, addr: 0, length: 4096, type: 2 }, pid);
  }
  add(index: number, order = 0, ino = FILE): void {
    this.put('mm_filemap_add_to_page_cache', { s_dev: DEV, i_ino: ino, index, order });
  }
  dirty(index: number, pid = 100, name = `0:${DEV}\0junk`): void {
    this.put('writeback_dirty_folio', { name, ino: FILE, index }, pid);
  }
  writeback(offset: number, length = 4096): void {
    this.put('iomap_writeback_folio', { dev: DEV, ino: FILE, offset, length }, 3);
  }

  frame(until = this.now): Frame {
    this.deriver.flush(until);
    const frame = decodeFrame(this.builder.take(until));
    if (isFlaw(frame)) throw new Error(frame.field);
    return frame;
  }
  /** `folio added 0+4096 by 100 observed` */
  rows(until?: bigint): string[] {
    const f = this.frame(until);
    return Array.from({ length: f.count }, (_, i) => {
      const kind = kinds.get(f.kind[i]!)!,
        range = `${f.offset[i]}+${f.length[i]}`;
      if (kind === 'folio')
        return `folio ${states.get(f.type[i]!)} ${range} ${f.op[i] ? 'in op ' : ''}by ${f.pid[i]} ${hows.get(f.how[i]!)}`;
      if (kind === 'opBegin') return `begin at ${f.offset[i]} by ${f.pid[i]}`;
      if (kind === 'opEnd') return `end ${f.result[i]} errno ${f.errno[i]} ${hows.get(f.how[i]!)}`;
      return `${kind} ${f.result[i]}`;
    });
  }
}

describe('createDeriver for FUSE', () => {
  let stage: Stage;
  beforeEach(() => void (stage = new Stage()));

  test('tells who wrote which bytes of which folio', () => {
    stage.iter(4090);
    stage.map();
    stage.add(0);
    stage.dirty(0);
    stage.add(1);
    stage.dirty(1);
    stage.iter(4100);
    expect(stage.rows()).toEqual([
      'begin at 4090 by 100',
      'folio added 0+4096 in op by 100 observed',
      'folio folioDirty 0+4096 in op by 100 observed',
      'folio added 4096+4096 in op by 100 observed',
      'folio folioDirty 4096+4096 in op by 100 observed',
      'folio dirty 4090+10 in op by 100 derived',
      'end 10 errno 0 derived',
    ]);
  });

  test('takes a call without a mapping for the end of the one before, not for an op', () => {
    stage.iter(0);
    stage.map();
    stage.iter(10);
    stage.iter(10);
    stage.map();
    stage.iter(30);
    expect(stage.rows()).toEqual([
      'begin at 0 by 100',
      'folio dirty 0+10 in op by 100 derived',
      'end 10 errno 0 derived',
      'begin at 10 by 100',
      'folio dirty 10+20 in op by 100 derived',
      'end 20 errno 0 derived',
    ]);
  });

  test('says with which errno a write ended', () => {
    stage.iter(0);
    stage.map();
    stage.iter(0, { status: -14 });
    expect(stage.rows()).toEqual(['begin at 0 by 100', 'end 0 errno 14 derived']);
  });

  test('never turns the mapping of a stock mount into a place', () => {
    stage.iter(0);
    stage.map();
    stage.iter(10);
    const { kind, count } = stage.frame();
    expect(Array.from({ length: count }, (_, i) => kind[i])).not.toContain(Kind.mapping);
    expect(Array.from({ length: count }, (_, i) => kind[i])).not.toContain(Kind.extent);
  });

  test('leaves out of a derived range what writeback took meanwhile, until the write dirties it again', () => {
    stage.iter(0);
    stage.map();
    for (const page of [0, 1, 2, 3]) stage.dirty(page);
    stage.writeback(0);
    stage.writeback(4096);
    stage.writeback(8192);
    stage.dirty(2);
    stage.iter(14_000);
    expect(stage.rows().slice(-2)).toEqual(['folio dirty 8192+5808 in op by 100 derived', 'end 14000 errno 0 derived']);
  });

  test('claims no exact range where the kernel does not say what writeback takes', () => {
    stage = new Stage('6.18', ['iomap_writeback_folio']);
    stage.iter(0);
    stage.map();
    stage.dirty(0);
    stage.iter(10);
    expect(stage.rows()).toEqual(['begin at 0 by 100', 'folio folioDirty 0+4096 in op by 100 observed', 'end 10 errno 0 derived']);
  });

  test('keeps the writes of two tasks apart', () => {
    stage.iter(0);
    stage.map();
    stage.iter(8192, { pid: 200 });
    stage.map(200);
    stage.iter(5);
    stage.iter(8200, { pid: 200 });
    expect(stage.rows().filter((row) => row.startsWith('folio'))).toEqual([
      'folio dirty 0+5 in op by 100 derived',
      'folio dirty 8192+8 in op by 200 derived',
    ]);
  });

  test('shows a store to a mapping as a dirty folio of its task, without an op', () => {
    stage.dirty(1);
    expect(stage.rows()).toEqual(['folio folioDirty 4096+4096 by 100 observed']);
  });

  test('remembers the order of large folios, since the dirty event names only the first page', () => {
    stage.add(16, 4);
    stage.dirty(16);
    stage.put('mm_filemap_delete_from_page_cache', { s_dev: DEV, i_ino: FILE, index: 16, order: 4 });
    stage.add(16);
    stage.dirty(16);
    expect(stage.rows()).toEqual([
      'folio added 65536+65536 by 100 observed',
      'folio folioDirty 65536+65536 by 100 observed',
      'folio removed 65536+65536 by 100 observed',
      'folio added 65536+4096 by 100 observed',
      'folio folioDirty 65536+4096 by 100 observed',
    ]);
  });

  test('leaves out ops of our own processes, but not what they did to the cache', () => {
    stage = new Stage('6.18', [], [100]);
    stage.iter(0);
    stage.map();
    stage.add(0);
    stage.iter(10);
    expect(stage.rows()).toEqual(['folio added 0+4096 by 100 observed']);
  });

  test('passes over other devices, other events and records that are cut', () => {
    stage.dirty(0, 100, '254:0');
    stage.put('kmalloc', {});
    const view = recordOf(stage.formats.get('writeback_dirty_folio')!, { name: `0:${DEV}`, ino: FILE });
    for (const size of [0, 7, 8, 55]) stage.deriver.record(view, 0, size, 5000n, 0);
    expect(stage.rows()).toEqual([]);
  });

  test('works with the formats of 6.1, where FUSE does not write through iomap', () => {
    stage = new Stage('6.1');
    stage.add(3);
    stage.dirty(3);
    stage.iter(0);
    stage.map();
    stage.iter(8);
    expect(stage.rows()).toEqual([
      'folio added 12288+4096 by 100 observed',
      'folio folioDirty 12288+4096 by 100 observed',
      'begin at 0 by 100',
      'end 8 errno 0 derived',
    ]);
  });
});

describe('createDeriver and time', () => {
  test('keeps rows of an inode that is introduced a moment later, in their order, and counts them late when they are', () => {
    const stage = new Stage();
    stage.known.clear();
    stage.add(0);
    stage.dirty(0);
    expect(stage.rows()).toEqual([]);
    stage.known.set(FILE, 9);
    stage.add(1);
    const frame = stage.frame();
    expect(Array.from(frame.type.subarray(0, 3))).toEqual([FolioState.added, FolioState.folioDirty, FolioState.added]);
    expect([...frame.inode.subarray(0, 3)]).toEqual([9, 9, 9]);
    expect([...frame.time.subarray(0, 3)]).toEqual([1002n, 1002n, 1003n]);
    expect([frame.kind[3], frame.result[3]]).toEqual([Kind.late, 1n]);
  });

  test('tells them at a flush when nothing else comes', () => {
    const stage = new Stage();
    stage.known.clear();
    stage.add(0);
    stage.known.set(FILE, 9);
    expect(stage.rows()).toEqual(['folio added 0+4096 by 100 observed']);
  });

  test('forgets them when nobody introduces the inode, and when they are too many', () => {
    const stage = new Stage();
    stage.known.clear();
    stage.add(0);
    expect(stage.rows(stage.now + 3_000_000_000n)).toEqual([]);
    expect(stage.deriver.forgotten).toBe(1);
    for (let i = 0; i < 10_000; i++) stage.add(i);
    expect(stage.deriver.forgotten).toBeGreaterThan(5000);
    stage.known.set(FILE, 9);
    expect(stage.rows().length).toBeGreaterThan(2000);
  });

  test('stamps a late record with what was told already, and counts it', () => {
    const stage = new Stage();
    stage.deriver.flush(5000n);
    stage.put('mm_filemap_add_to_page_cache', { s_dev: DEV, i_ino: FILE, index: 0 }, 1, 4000n);
    const frame = stage.frame(6000n);
    expect([frame.time[0], frame.kind[1], frame.result[1]]).toEqual([5000n, Kind.late, 1n]);
  });

  test('ends open ops as unseen at a loss, and says how much was lost, where and when', () => {
    const stage = new Stage();
    stage.iter(0);
    stage.map();
    stage.deriver.lost(1, 4446n, 900n, 1010n);
    stage.iter(77);
    const frame = stage.frame();
    expect(stage.rows()).toEqual([]);
    expect([...frame.kind]).toEqual([Kind.opBegin, Kind.opEnd, Kind.lost]);
    expect([frame.how[1], frame.result[2], frame.cpu[2], frame.offset[2], frame.length[2]]).toEqual([How.unknown, 4446n, 1, 900n, 1010n]);
  });

  test('has rows taken when the frame is full, and loses none', () => {
    const builder = new FrameBuilder();
    let told = 0;
    const formats = formatsOf('6.18'),
      add = formats.get('mm_filemap_add_to_page_cache')!;
    const deriver = createDeriver({
      rules: 'fuse',
      formats: formats.values(),
      out: builder,
      identify: () => 1,
      pageSize: 4096,
      full: () => {
        told += builder.count;
        builder.take(0n);
      },
    });
    const view = recordOf(add, { s_dev: DEV, i_ino: FILE });
    for (let i = 0; i < 70_000; i++) deriver.record(view, 0, view.byteLength, BigInt(i), 0);
    expect(told + builder.count).toBe(70_000);
  });
});

/** A kernel for one file of tiny pages: it knows what is dirty and says only what tracepoints say. */
const PAGE = 16;
const SIZE = 6 * PAGE;
const acts = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ task: fc.nat(2), from: fc.nat(SIZE - 1), size: fc.integer({ min: 1, max: SIZE }) }) },
    { weight: 6, arbitrary: fc.record({ task: fc.nat(2) }) },
    { weight: 4, arbitrary: fc.record({ page: fc.nat(5) }) },
  ),
  { maxLength: 60 },
);

describe('derived ranges', () => {
  test.each([1, 3])('hold only bytes that are dirty, with %i tasks; of one task all of them', (tasks) => {
    fc.assert(
      fc.property(acts, (list) => {
        const formats = formatsOf('6.18'),
          builder = new FrameBuilder();
        const deriver = createDeriver({
          rules: 'fuse',
          formats: formats.values(),
          out: builder,
          full: () => undefined,
          identify: () => 1,
          pageSize: PAGE,
        });
        const truth = Array<boolean>(SIZE).fill(false),
          told = Array<boolean>(SIZE).fill(false),
          dirtyPages = new Set<number>(),
          writes = new Map<number, { at: number; to: number }>();
        let now = 0n;
        const put = (event: string, pid: number, fields: Record<string, number | bigint | string>): void => {
          const view = recordOf(formats.get(event)!, { common_pid: pid, ...fields });
          deriver.record(view, 0, view.byteLength, ++now, 0);
          for (let i = 0; i < builder.count; i++)
            if (builder.kind[i] === Kind.folio && builder.type[i] === FolioState.dirty)
              told.fill(true, Number(builder.offset[i]), Number(builder.offset[i]! + builder.length[i]!));
          builder.take(now);
        };
        const file = { dev: DEV, ino: FILE };
        const copy = (pid: number): void => {
          const write = writes.get(pid)!,
            page = Math.floor(write.at / PAGE),
            to = Math.min(write.to, (page + 1) * PAGE);
          truth.fill(true, write.at, to);
          if (!dirtyPages.has(page)) put('writeback_dirty_folio', pid, { name: `0:${DEV}`, ino: FILE, index: page });
          dirtyPages.add(page);
          write.at = to;
          if (to < write.to) return;
          writes.delete(pid);
          put('iomap_iter', pid, { ...file, pos: to, flags: 1 });
        };
        for (const act of list) {
          if ('page' in act) {
            if (!dirtyPages.delete(act.page)) continue;
            put('iomap_writeback_folio', 9, { ...file, offset: act.page * PAGE, length: PAGE });
            truth.fill(false, act.page * PAGE, (act.page + 1) * PAGE);
            told.fill(false, act.page * PAGE, (act.page + 1) * PAGE);
          } else if (writes.has(act.task % tasks)) copy(act.task % tasks);
          else if ('from' in act) {
            const pid = act.task % tasks;
            writes.set(pid, { at: act.from, to: Math.min(SIZE, act.from + act.size) });
            put('iomap_iter', pid, { ...file, pos: act.from, flags: 1 });
            put('iomap_iter_dstmap', pid, file);
          }
        }
        for (const pid of writes.keys()) while (writes.has(pid)) copy(pid);
        if (tasks === 1) expect(told).toEqual(truth);
        else for (let at = 0; at < SIZE; at++) expect(told[at] && !truth[at], `byte ${at}`).toBe(false);
      }),
      { numRuns: 400 },
    );
  });
});
