import { decodeFrame, type Frame, type RecordingWriter } from '../trace/index.ts';
import type { FileState } from './files.ts';
import type { Model } from './model.ts';
import { snapshot, snapshotSections } from './snapshot.ts';

/** Rows after which a block of sections is closed: what seeking to one file has to decode along with it. */
const GROUP_ROWS = 4096;

/** A keyframe of a recording has the log before it: it needs less of the past than somebody who has nothing. */
const RECENT = { ops: 1024, messages: 256 } as const;

/** Writes keyframes of a model into one recording; sections of inodes that did not change are not written again. */
export class KeyframeRecorder {
  private readonly writer: RecordingWriter;
  /** What was last written of each inode. Never forgotten: a section that is found must be told empty when it no longer holds. */
  private readonly written = new Map<number, { readonly file: FileState; readonly version: number }>();

  constructor(writer: RecordingWriter) {
    this.writer = writer;
  }

  /** Bytes to append: the state of the model now. The first of a recording is whole. */
  keyframe(model: Model): Uint8Array {
    const changed: FileState[] = [];
    for (const file of model.files.all()) {
      const last = this.written.get(file.inode);
      if (last ? last.file === file && last.version === file.version : isEmpty(file)) continue;
      this.written.set(file.inode, { file, version: file.version });
      changed.push(file);
    }
    return this.writer.keyframe(decoded(snapshot(model, { inodes: [], recent: RECENT, isAnswer: false })), groups(model, changed));
  }
}

const isEmpty = ({ data, pending, folios, layouts }: FileState): boolean => data.size + pending.size + folios.size + layouts.size === 0;

function* groups(model: Model, files: readonly FileState[]): Generator<Frame[]> {
  for (let from = 0, to = 0; from < files.length; from = to) {
    for (let rows = 0; to < files.length && rows < GROUP_ROWS; to++)
      rows += 2 + files[to]!.data.size + files[to]!.pending.size + files[to]!.folios.size;
    yield decoded(
      snapshotSections(
        model,
        files.slice(from, to).map((file) => file.inode),
        { isAnswer: false },
      ),
    );
  }
}

const decoded = (frames: readonly Uint8Array[]): Frame[] => frames.map((bytes) => decodeFrame(bytes) as Frame);
