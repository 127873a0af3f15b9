import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeFrame, FolioState, FrameBuilder, Kind } from '../trace/index.ts';
import { isFlaw } from '../units/index.ts';
import { type FtraceFormat, parseFormat, parseHeaderPage, RecordPage } from '../wire/index.ts';
import { devOfBdi } from './bdi.ts';
import { createDeriver } from './deriver.ts';

/** What a program did on a real FUSE mount (fixtures/ftrace/README.md), and the ring buffer pages of it. */
interface Recording {
  readonly device: string;
  readonly ino: string;
  readonly pid: number;
  readonly headerPage: string;
  readonly formats: readonly string[];
  readonly steps: readonly { does: string; begin: string; end: string; offset?: number; length?: number; pid?: number; size?: number }[];
  readonly cpus: readonly (readonly string[])[];
}
const recording = JSON.parse(
  gunzipSync(readFileSync(join(import.meta.dirname, '../fixtures/ftrace/fuse-6.18.json.gz'))).toString(),
) as Recording;

const derived = (() => {
  const shape = parseHeaderPage(recording.headerPage),
    formats = recording.formats.map((text) => parseFormat(text)).filter((format): format is FtraceFormat => !isFlaw(format)),
    builder = new FrameBuilder();
  if (isFlaw(shape)) throw new Error(shape.field);
  const deriver = createDeriver({
    rules: 'fuse',
    formats,
    out: builder,
    full: () => undefined,
    pageSize: 4096,
    identify: (dev, ino) => (dev === devOfBdi(recording.device) && ino === BigInt(recording.ino) ? 1 : -1),
  });
  const records: { view: DataView; at: number; size: number; time: bigint; cpu: number }[] = [];
  recording.cpus.forEach((pages, cpu) => {
    for (const page of pages) {
      const view = new DataView(Uint8Array.from(Buffer.from(page, 'base64')).buffer);
      const found = new RecordPage(shape);
      found.decode(view, 0);
      for (let i = 0; i < found.count; i++) records.push({ view, at: found.places[i]!, size: found.sizes[i]!, time: found.times[i]!, cpu });
    }
  });
  records.sort((a, b) => Number(a.time - b.time) || a.cpu - b.cpu);
  for (const { view, at, size, time, cpu } of records) deriver.record(view, at, size, time, cpu);
  const until = records.at(-1)!.time + 1n;
  deriver.flush(until);
  const frame = decodeFrame(builder.take(until));
  if (isFlaw(frame)) throw new Error(frame.field);
  return { frame, cpus: new Set(records.map(({ cpu }) => cpu)) };
})();

interface Range {
  readonly from: number;
  readonly to: number;
  readonly pid: number;
}
const { frame } = derived;
/** Folio rows of one state told during a step, in order. */
function during({ begin, end }: Recording['steps'][number], state: FolioState): Range[] {
  const out: Range[] = [];
  for (let i = 0; i < frame.count; i++)
    if (frame.kind[i] === Kind.folio && frame.type[i] === state && frame.time[i]! >= BigInt(begin) && frame.time[i]! <= BigInt(end))
      out.push({ from: Number(frame.offset[i]), to: Number(frame.offset[i]! + frame.length[i]!), pid: frame.pid[i]! });
  return out;
}
const writes = recording.steps.filter(({ does }) => does.startsWith('pwrite'));
const small = writes.filter(({ length }) => length! < 1 << 20);

test('createDeriver tells of each write which bytes it made dirty, and by whom', () => {
  expect(derived.cpus.size).toBe(2);
  expect(small.length).toBeGreaterThan(6);
  for (const step of small)
    expect(during(step, FolioState.dirty), `${step.does} ${step.offset}+${step.length}`).toEqual([
      { from: step.offset, to: step.offset! + step.length!, pid: step.pid ?? recording.pid },
    ]);
});

test('createDeriver tells of a write that the kernel wrote back meanwhile only what was left dirty', () => {
  const [step] = writes.filter(({ length }) => length! >= 1 << 20),
    left = during(step!, FolioState.dirty),
    all = during(step!, FolioState.folioDirty);
  expect(all).toHaveLength(step!.length! / 4096);
  const bytes = left.reduce((sum, { from, to }) => sum + to - from, 0);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(step!.length!);
  expect(left.at(-1)!.to).toBe(step!.offset! + step!.length!);
});

test('createDeriver shows a store to a mapping as the dirty folio that it is in', () => {
  for (const step of recording.steps.filter(({ does }) => does === 'store'))
    expect(during(step, FolioState.folioDirty)).toEqual([{ from: 4096, to: 8192, pid: recording.pid }]);
});

test('createDeriver gives each op a begin and an end, nested in the call that made it', () => {
  const open = new Map<number, bigint>();
  let ops = 0;
  for (let i = 0; i < frame.count; i++) {
    if (frame.kind[i] === Kind.opBegin) open.set(frame.op[i]!, frame.offset[i]!);
    else if (frame.kind[i] === Kind.opEnd) {
      const step = writes[ops++]!;
      expect([open.get(frame.op[i]!), frame.result[i]]).toEqual([BigInt(step.offset!), BigInt(step.length!)]);
      expect(frame.time[i]! >= BigInt(step.begin) && frame.time[i]! <= BigInt(step.end)).toBe(true);
      open.delete(frame.op[i]!);
    }
  }
  expect([ops, open.size]).toEqual([writes.length, 0]);
});

test('createDeriver leaves nothing in the cache after a truncation to 0, and nothing is dirty that did not come', () => {
  const present = new Set<number>();
  for (let i = 0; i < frame.count; i++) {
    if (frame.kind[i] !== Kind.folio) continue;
    const page = Number(frame.offset[i]! >> 12n);
    if (frame.type[i] === FolioState.added) present.add(page);
    else if (frame.type[i] === FolioState.removed) expect(present.delete(page)).toBe(true);
    else if (frame.type[i] === FolioState.folioDirty) expect(present.has(page)).toBe(true);
  }
  expect(present.size).toBe(0);
});
