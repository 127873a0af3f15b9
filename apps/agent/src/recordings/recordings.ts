import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BlockCache, type ByteSource, openRecording, type Recording } from '@mapscope/shared/trace';
import { type Flaw, isFlaw } from '@mapscope/shared/units';
import { errorCode, refused, type Refused, sayError } from '../host/index.ts';
import { bytesAt } from './bytes-at.ts';
import { inflateBlock } from './inflate-block.ts';

export interface RecordingFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly recording: Recording;
}

/** A segment of a folder that cannot be read: a crash may leave one of which nothing was written yet. */
export interface Unread {
  readonly name: string;
  readonly why: Flaw;
}

const HELP = 'Name a file that `mapscope record` has written, or the folder of a spool';

/** A recording on disk, or the segments of a spool in the order in which they were written: opened, read by range. */
export class Recordings {
  readonly files: readonly RecordingFile[];
  readonly unread: readonly Unread[];
  private readonly handles: readonly FileHandle[];

  private constructor(files: readonly RecordingFile[], unread: readonly Unread[], handles: readonly FileHandle[]) {
    this.files = files;
    this.unread = unread;
    this.handles = handles;
  }

  /** `path`: a file, or a folder of segments. Later only the descriptors are used. Throws `Refused`: E_RECORDING, E_VERSION. */
  static async open(path: string, cache = new BlockCache()): Promise<Recordings> {
    const handles: FileHandle[] = [],
      files: RecordingFile[] = [],
      unread: Unread[] = [];
    try {
      const names = await namesIn(path);
      for (const name of names) {
        const handle = await open(name);
        handles.push(handle);
        const source = await sourceOf(handle),
          recording = await openRecording(source, inflateBlock, cache);
        if (isFlaw(recording)) unread.push({ name, why: recording });
        else files.push({ name, size: source.size, recording });
        if (isFlaw(recording) && (names.length === 1 || recording.code === 'E_VERSION')) throw notRead(name, source.size, recording);
      }
      if (files.length === 0) throw refused('E_RECORDING', `nothing in ${path} can be read`, HELP);
      return new Recordings(files, unread, handles);
    } catch (error) {
      for (const handle of handles) await handle.close();
      throw errorCode(error) === undefined ? error : notOpened(path, error);
    }
  }

  /** The moments that they tell of; `undefined` when nothing is in them. */
  get span(): Recording['span'] {
    const spans = this.files.map(({ recording }) => recording.span).filter((span) => span !== undefined),
      last = spans.at(-1);
    return last && { from: spans[0]!.from, until: last.until };
  }

  /** The one that tells of `at`: the last that does not begin later, since each begins with the state of everything. */
  at(at: bigint): RecordingFile {
    return this.files.findLast(({ recording: { span } }) => span && span.from <= at) ?? this.files[0]!;
  }

  async close(): Promise<void> {
    for (const handle of this.handles) await handle.close();
  }
}

/** Its size is that of now: what is appended later is not seen. */
async function sourceOf(file: FileHandle): Promise<ByteSource> {
  const { size } = await file.stat();
  return { size, read: (at, length) => bytesAt(file, at, Math.min(length, size - at)) };
}

async function namesIn(path: string): Promise<readonly string[]> {
  const found = await stat(path);
  // Opening a pipe would wait for its writer.
  if (!found.isFile() && !found.isDirectory()) throw refused('E_RECORDING', `neither a file nor a folder: ${path}`, HELP);
  if (found.isFile()) return [path];
  const names = (await readdir(path)).filter((name) => /^\d{6}\.mapscope$/.test(name)).sort();
  if (names.length === 0) throw refused('E_RECORDING', `no recording is in ${path}`, HELP);
  return names.map((name) => join(path, name));
}

const notOpened = (path: string, error: unknown): Refused =>
  refused('E_RECORDING', errorCode(error) === 'ENOENT' ? `there is no ${path}` : `reading ${path} failed: ${sayError(error)}`, HELP, error);

function notRead(name: string, size: number, { code, found, allowed }: Flaw): Refused {
  if (code === 'E_VERSION')
    return refused(code, `the format of ${name} is version ${found}, and this mapscope reads ${allowed}`, 'Use a newer mapscope for it');
  const what = size === 0 ? 'is empty' : code === 'E_SHORT' ? 'ends before its header does' : 'is no recording of mapscope';
  return refused('E_RECORDING', `the file ${name} ${what}`, HELP);
}
