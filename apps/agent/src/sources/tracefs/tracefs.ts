import { cpus } from 'node:os';
import { monotonic } from '@mapscope/native';
import { rules, type RulesName } from '@mapscope/shared/derive';
import { FrameBuilder, SourceId } from '@mapscope/shared/trace';
import { frameOf, type Probe, saySource, type Source } from '../source.ts';
import { namesOf } from './device.ts';
import { Instance } from './instance.ts';
import { probeTracefs } from './probe.ts';
import { facts, Run, type TracefsOptions } from './run.ts';

/** Of each CPU, and of all together. */
const BUFFER_KB = 4096;
const ALL_BUFFERS_KB = 128 << 10;

/** Tracepoints of some filesystems, from an instance of our own. */
export function createTracefs(options: TracefsOptions): Source {
  return {
    name: 'tracefs',
    probe: async () => probeTracefs(options.tracefs),
    async run(sink, signal) {
      const instance = open(options);
      if (!(instance instanceof Instance)) {
        const rows = new FrameBuilder(1),
          now = monotonic();
        saySource(rows, now, SourceId.tracefs, {
          ...facts,
          state: 'unavailable',
          why: instance.why,
          help: instance.remedy,
          folios: 'none',
        });
        sink(frameOf(rows, now));
        return;
      }
      try {
        await new Run(options, instance, sink).until(signal);
      } finally {
        await instance.remove();
      }
    },
  };
}

/** The instance, or why there is none. */
function open({
  tracefs,
  instance,
  devices,
  rules: wanted,
  bufferKb,
  tracesCalls = false,
}: TracefsOptions): Instance | (Probe & { ok: false }) {
  const probe = probeTracefs(tracefs);
  if (!probe.ok) return probe;
  try {
    const size = bufferKb ?? Math.min(BUFFER_KB, Math.floor(ALL_BUFFERS_KB / cpus().length));
    const names: readonly RulesName[] = typeof wanted === 'string' ? [wanted] : wanted;
    return new Instance(tracefs.path ?? '', instance, {
      rules: new Set(names.flatMap((name) => rules[name])),
      devices: devices.map(namesOf),
      bufferKb: size,
      tracesCalls,
    });
  } catch (error) {
    const why = `no trace instance ${instance} could be made: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, why, remedy: 'Look what holds memory or tracefs, and start mapscope again.' };
  }
}
