import { describe, expect, test } from 'vitest';
import { monotonic } from '@mapscope/native';
import { Asker, decodeFrame, type Frame, opId, SourceId } from '@mapscope/shared/trace';
import { Report, type ReportOptions } from './report.ts';

function collected(options: Partial<ReportOptions> = {}): { report: Report; frames: Frame[] } {
  const frames: Frame[] = [];
  return { frames, report: new Report({ sink: (bytes) => void frames.push(decodeFrame(bytes) as Frame), ...options }) };
}

describe('a report', () => {
  test('a report runs on CLOCK_MONOTONIC, the clock of a trace instance set to mono', () => {
    const { report } = collected();
    for (let i = 0; i < 100; i++) {
      const before = monotonic(),
        at = report.tick();
      expect(before <= at && at <= monotonic()).toBe(true);
    }
  });

  test('flush sends at once after a pause, then gathers for 10 ms', () => {
    let now = 0n;
    const { report, frames } = collected({ clock: () => now });
    const event = (at: bigint): void => {
      now = at;
      report.tick();
      report.violation(1, 1, 0n, 'x');
      report.flush();
    };
    event(50_000_000n);
    expect(frames.length).toBe(1);
    event(51_000_000n);
    event(59_000_000n);
    expect(frames.length).toBe(1);
    event(60_000_000n);
    expect(frames.map(({ count, until }) => [count, until])).toEqual([
      [1, 50_000_000n],
      [3, 60_000_000n],
    ]);
  });

  test("flush of nothing moves the readers' clock every 20 ms, or when it is to", () => {
    let now = 0n;
    const { report, frames } = collected({ clock: () => now });
    const until = (): bigint[] => frames.map((frame) => frame.until);
    for (; now < 50_000_000n; now += 1_000_000n) {
      report.tick();
      report.flush();
    }
    expect(until()).toEqual([20_000_000n, 40_000_000n]);
    report.flush(true);
    expect(until()).toEqual([20_000_000n, 40_000_000n, 49_000_000n]);
    expect(frames.map(({ count }) => count)).toEqual([0, 0, 0]);
  });

  test('dueMs is how long a loop may wait before it has to flush', () => {
    let now = 0n;
    const { report } = collected({ clock: () => now });
    expect(report.dueMs).toBe(20);
    report.violation(1, 1, 0n, 'x');
    expect(report.dueMs).toBe(10);
    now = 9_999_999n;
    report.tick();
    expect(report.dueMs).toBe(1);
    now = 10_000_000n;
    report.tick();
    expect(report.dueMs).toBe(0);
  });

  test('rows without end leave in frames that can be read, in order', () => {
    const { report, frames } = collected({ clock: () => 7n });
    for (let i = 0; i < 30_000; i++) report.violation(i, 1, 0n, 'x'.repeat(i % 300));
    report.flush(true);
    expect(frames.flatMap(({ op }) => [...op])).toEqual(Array.from({ length: 30_000 }, (_, i) => i));
    expect(frames.map(({ sequence }) => sequence)).toEqual(frames.map((_, i) => i));
  });

  test('ops are numbered from 1 and carry their source', () => {
    const { report } = collected({ source: SourceId.relay });
    expect([report.request(1, 15, 0n, 1n, 5, 2n), report.iomap(1, Asker.engine, 1, 0, 0n, 1n, 5)]).toEqual([
      opId(SourceId.relay, 1),
      opId(SourceId.relay, 2),
    ]);
  });

  test('rows of op 0 are left out', () => {
    const { report, frames } = collected();
    report.reply(0, 1, 1, 0);
    report.end(0, 1, 1, 0n, 0);
    report.mapping(0, 1, 1, { offset: 0n, length: 1n, addr: 0n, type: 2, flags: 0, dev: 1 });
    report.message(0, 1, 1, 15, new Uint8Array(4), undefined, false);
    report.ioDone(report.ioSubmit(0, 1, true, 1, 0n, 0n, 1), 0, 1, true, 1, 0n, 0n, 1, 1);
    report.flush(true);
    expect(frames.map(({ count }) => count)).toEqual([0]);
  });
});
