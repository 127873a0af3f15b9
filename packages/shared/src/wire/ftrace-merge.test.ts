import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { addLost, type Lane, PushLane } from './ftrace-lane.ts';
import { merge } from './ftrace-merge.ts';
import { parseHeaderPage, type PageShape } from './ftrace-page.ts';
import { RecordPage } from './ftrace-records.ts';

const shape = parseHeaderPage(
  '\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n\tfield: char data;\toffset:16;\tsize:496;\tsigned:0;\n',
) as PageShape;

/** A page as the kernel fills it; `lost` as its commit says. */
function pageOf(times: readonly number[], lost = 0): RecordPage {
  const page = new RecordPage(shape),
    view = new DataView(new ArrayBuffer(shape.size));
  let before = times[0] ?? 0;
  view.setBigUint64(0, BigInt(before), true);
  times.forEach((time, i) => {
    view.setUint32(16 + 8 * i, ((time - before) << 5) | 1, true);
    before = time;
  });
  const used = 8 * times.length;
  view.setUint32(8, (used | (lost === 0 ? 0 : lost < 0 ? 0x8000_0000 : 0xc000_0000)) >>> 0, true);
  if (lost > 0) view.setBigUint64(16 + used, BigInt(lost), true);
  page.decode(view, 0);
  return page;
}

function collect(lanes: readonly Lane[], horizon: number) {
  const seen: string[] = [];
  merge(lanes, BigInt(horizon), {
    record: (page, i, cpu) => void seen.push(`${page.times[i]}@${cpu}`),
    lost: (cpu, n, from, to) => void seen.push(`lost ${n}@${cpu} ${from}..${to}`),
    done: () => undefined,
  });
  return seen;
}

test('merge takes records by time, then CPU, then sequence, and leaves what is not older than the horizon', () => {
  const lanes = [new PushLane(0, 0n), new PushLane(3, 0n)];
  lanes[0]!.push(pageOf([1, 5, 5, 9]));
  lanes[1]!.push(pageOf([2, 5]));
  lanes[1]!.push(pageOf([5, 8]));
  expect(collect(lanes, 8)).toEqual(['1@0', '2@3', '5@0', '5@0', '5@3', '5@3']);
  expect(collect(lanes, 100)).toEqual(['8@3', '9@0']);
});

test('merge says a loss between the record before and the one after it, once', () => {
  const lane = new PushLane(1, 3n);
  lane.push(pageOf([10, 12], 7));
  lane.push(pageOf([20], -1));
  expect(collect([lane], 11)).toEqual(['lost 7@1 3..10', '10@1']);
  expect(collect([lane], 99)).toEqual(['12@1', 'lost -1@1 12..20', '20@1']);
});

test('a lane owes a loss that came with an empty page to the next one', () => {
  const lane = new PushLane(0, 0n);
  expect(lane.push(pageOf([], 4))).toBe(false);
  expect(lane.push(pageOf([6], 2))).toBe(true);
  expect(collect([lane], 9)).toEqual(['lost 6@0 0..6', '6@0']);
  lane.push(pageOf([], 4));
  expect([lane.takeOwed(), lane.takeOwed()]).toEqual([4n, 0n]);
  expect(addLost(3n, -1n)).toBe(-1n);
});

test('a lane owes what is behind the damage of a page to the next one', () => {
  const lane = new PushLane(0, 0n),
    damaged = pageOf([5]);
  damaged.damagedAt = 24;
  lane.push(damaged);
  lane.push(pageOf([6]));
  expect(collect([lane], 9)).toEqual(['5@0', 'lost -1@0 5..6', '6@0']);
});

test('merge gives the same as sorting everything, however it is cut by horizons and pages', () => {
  const deltas = fc.array(fc.array(fc.nat(6), { minLength: 1, maxLength: 12 }), { maxLength: 5 });
  fc.assert(
    fc.property(fc.array(deltas, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(60), { maxLength: 6 }), (cpus, cuts) => {
      const all: { time: number; cpu: number; i: number }[] = [];
      const lanes = cpus.map((pages, cpu) => {
        const lane = new PushLane(cpu, 0n);
        let now = 0;
        for (const page of pages) lane.push(pageOf(page.map((delta) => (now += delta))));
        return lane;
      });
      cpus.forEach((pages, cpu) => {
        let now = 0;
        pages.flat().forEach((delta, i) => all.push({ time: (now += delta), cpu, i }));
      });
      all.sort((a, b) => a.time - b.time || a.cpu - b.cpu || a.i - b.i);
      const seen = [...cuts.sort((a, b) => a - b), 1e9].flatMap((cut) => collect(lanes, cut));
      expect(seen).toEqual(all.map(({ time, cpu }) => `${time}@${cpu}`));
    }),
  );
});
