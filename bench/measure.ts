import { cpus, loadavg } from 'node:os';

export * from './statistics.ts';

/** One line of the report: what was measured, ours, the peer's, the ratio with its interval, how. */
export interface Line {
  readonly name: string;
  readonly ours: string;
  readonly peer?: string;
  readonly ratio?: string;
  readonly how: string;
}

export const print = (line: Line): void => {
  process.stdout.write(
    `${line.name} | ours ${line.ours} | ${line.peer ? `peer ${line.peer} | ratio ${line.ratio}` : 'no peer'} | ${line.how}; ${load()}\n`,
  );
};

/** A bench of several processes keeps one or two CPUs busy alone: what is beyond that made them wait for a CPU. */
function load(): string {
  const [minute] = loadavg() as [number, number, number],
    n = cpus().length;
  return `load ${minute.toFixed(1)} on ${n} CPUs${minute > n ? ' (others ran too: times of the clock are too long)' : ''}`;
}
