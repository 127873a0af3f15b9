import { decodeFrame, type Frame, type Keyframe, KeyframePart } from '../trace/index.ts';
import type { FileState } from './file-state.ts';
import { KeyframeWriter } from './keyframe-writer.ts';
import { ListRecorder } from './list-recorder.ts';
import type { Model } from './model.ts';
import { snapshotSections, writeEverything } from './snapshot.ts';

/** Rows after which a block of sections is closed: what seeking to one file has to decode along with it. */
const GROUP_ROWS = 4096;

/** A keyframe of a recording has the log before it: it needs less of the past than somebody who has nothing. */
const RECENT = { ops: 1024, messages: 256 } as const;

/** Where keyframes go: a `RecordingWriter`, or its stages. */
export interface KeyframeSink<Out> {
  keyframe(keyframe: Keyframe): Out;
}

/** Makes keyframes of a model for one recording. What it has of inodes that did not change since is not written again. */
export class KeyframeRecorder<Out = Uint8Array> {
  private readonly sink: KeyframeSink<Out>;
  private readonly list = new ListRecorder();
  /** What the maps of each listed file were when its section was last written. */
  private readonly written = new Map<FileState, number>();

  constructor(sink: KeyframeSink<Out>) {
    this.sink = sink;
  }

  /** The state of the model now. The first of a recording is whole. */
  keyframe(model: Model): Out {
    const { until } = model,
      out = new KeyframeWriter(until, 0);
    writeEverything(out, model, RECENT, KeyframePart.allButInodes);
    const list = this.list.changes(model);
    return this.sink.keyframe({
      everything: decoded(out.frames(0)),
      ...list,
      sections: groups(model, this.changed(model, list.forgotten)),
    });
  }

  /** Files whose section is another than the one that was last written. */
  private changed(model: Model, forgotten: readonly FileState[]): FileState[] {
    for (const file of forgotten) this.written.delete(file);
    const changed: FileState[] = [];
    for (const file of model.files.all()) {
      const last = this.written.get(file),
        now = file.mapsVersion;
      // One that was forgotten may be back: the section that would be found is then of the one before.
      if (last === now || (last === undefined && file.isBlank && !this.list.hasForgotten)) continue;
      this.written.set(file, now);
      changed.push(file);
    }
    return changed;
  }
}

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
