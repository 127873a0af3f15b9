import { type FileState, type Model, totals } from '@mapscope/shared/model';
import { detail } from './detail.ts';
import { fileWindow } from './file-window.ts';
import { FileList } from './files-page.ts';
import type { Keys, Look, Looked } from './look.ts';
import { opsWindow } from './ops-window.ts';
import type { Shown } from './on-screen.ts';

/** The list, the timeline and the inspector move all the time: they are told again this often at most, milliseconds. The map waits for nothing. */
const FILES_EVERY = 200,
  OPS_EVERY = 50,
  DETAIL_EVERY = 100;

/** Answers looks: each part only when its key is another than that of what the asker has. */
export class Answerer {
  private readonly list = new FileList();
  private readonly epochs = new Epochs();
  private readonly beats = { files: new Beat(FILES_EVERY), ops: new Beat(OPS_EVERY), detail: new Beat(DETAIL_EVERY) };

  /** `nowMs`: any clock that only goes forward. */
  answer(shown: Shown, look: Look, nowMs: number): Looked {
    const { model, ops: timeline } = shown,
      { seen } = look,
      { files, ops, detail: inspector } = this.beats;
    const file = look.file && resolve(model, look.file.inode, look.file.path);
    const subject = look.subject ?? (file && { file: file.inode });
    const is = this.epochs.of(model),
      was = this.epochs.of(timeline);
    const now: Keys = {
      file: file && look.file ? `${say(look.file)} ${file.inode} ${is} ${fileVersion(model, file)}` : 'none',
      files: `${say(look.files)} ${is} ${model.files.version} ${model.version}`,
      ops: `${say(look.ops)} ${was} ${timeline.ops.version} ${timeline.losses.total} ${timeline.until > model.until ? timeline.until : ''} ${overviewKey(shown.overview)}`,
      detail: `${say(subject)} ${is} ${file?.version} ${model.ops.version} ${was} ${timeline.ops.version} ${timeline.ios.version} ${timeline.messages.total} ${timeline.violations.total}`,
    };
    const due = {
      file: seen.file !== now.file,
      // Another model is another question: what was so in the last one is not to stay for a beat.
      files: files.isDue(now.files, seen.files, `${say(look.files)} ${is}`, nowMs),
      ops: ops.isDue(now.ops, seen.ops, `${say(look.ops)} ${was}`, nowMs),
      detail: inspector.isDue(now.detail, seen.detail, `${say(subject)} ${is}`, nowMs),
    };
    return {
      until: model.until,
      // What waits for its beat keeps the key of what is on screen, so that it is asked for again.
      keys: {
        file: now.file,
        files: due.files ? now.files : (seen.files ?? ''),
        ops: due.ops ? now.ops : (seen.ops ?? ''),
        detail: due.detail ? now.detail : (seen.detail ?? ''),
      },
      isBehind: (['files', 'ops', 'detail'] as const).some((part) => !due[part] && seen[part] !== now[part]),
      ...(due.file && { file: file && look.file ? fileWindow(model, file, look.file.from, look.file.to) : null }),
      ...(due.files && { files: this.list.page(model, look.files) }),
      ...(due.ops && { ops: opsWindow(shown, look.ops) }),
      ...(due.detail && { detail: detail(shown, look.subject, file) ?? null }),
    };
  }
}

/** Numbers for models: a version says something of one model, and going back in time makes another. */
class Epochs {
  private readonly numbers = new WeakMap<Model, number>();
  private last = 0;

  of(model: Model): number {
    let number = this.numbers.get(model);
    if (number === undefined) this.numbers.set(model, (number = ++this.last));
    return number;
  }
}

/** It grows with its end; two of one end are the same. */
const overviewKey = ({ from, until }: Shown['overview']): string => `${from} ${until}`;

/** A part of the answer that is told at most so often, but at once when the question is another. */
class Beat {
  private readonly every: number;
  private query = '';
  private at = -Infinity;

  constructor(every: number) {
    this.every = every;
  }

  isDue(key: string, seen: string | undefined, query: string, nowMs: number): boolean {
    if (key === seen) return false;
    if (seen !== undefined && query === this.query && nowMs - this.at < this.every) return false;
    this.query = query;
    this.at = nowMs;
    return true;
  }
}

const say = (value: unknown): string => JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item)) ?? '';

/** A file by its number while its name is the same; else by its name, since another agent counts anew; else it was renamed. */
export function resolve(model: Model, inode: number, path: string): FileState | undefined {
  const known = model.files.find(inode);
  if (path === '' || known?.pathText === path) return known;
  let named: FileState | undefined;
  for (const file of model.files.all()) if (file.pathText === path && (!named || named.gone)) named = file;
  return named ?? known;
}

function fileVersion(model: Model, file: FileState): string {
  const sources = [...model.sources.values()].map(({ since }) => since).join();
  // Places that are shared are in other files' maps too: whatever moved may have moved them.
  return `${file.version} ${model.devices.size} ${sources} ${totals(file).shared > 0n ? model.version : ''}`;
}
