import type { Probe } from './probe.ts';
import { kernelProbes } from './probes-kernel.ts';
import { neededProbes } from './probes-needed.ts';
import { programProbes } from './probes-programs.ts';

/** Everything that `mapscope doctor` looks at. */
export const probes: readonly Probe[] = [...neededProbes, ...kernelProbes, ...programProbes];
