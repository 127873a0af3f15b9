import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Settings of an instance that nobody of us changes, and what somebody does who does: records stop coming, or come in pages that we do not expect. */
const KEPT = [
  ['set_event_pid', 'filtered the trace instance by process'],
  ['set_event_notrace_pid', 'filtered the trace instance by process'],
  ['tracing_cpumask', 'took CPUs out of the trace instance, or into it'],
  ['buffer_subbuf_size_kb', 'gave the trace instance pages of another size'],
] as const;

/** These settings as they were when the instance was made; some kernels lack some. */
export class KeptSettings {
  private readonly path: string;
  private readonly texts: ReadonlyMap<string, string>;

  /** `path`: of the instance. */
  constructor(path: string) {
    this.path = path;
    this.texts = new Map(KEPT.filter(([file]) => existsSync(join(path, file))).map(([file]) => [file, this.text(file)]));
  }

  /** What somebody has done to one of them; undefined: nothing. Throws when the instance is gone. */
  get changed(): string | undefined {
    const found = KEPT.find(([file]) => this.texts.has(file) && this.texts.get(file) !== this.text(file));
    return found && `somebody ${found[1]}`;
  }

  private text(file: string): string {
    return readFileSync(join(this.path, file), 'utf8');
  }
}
