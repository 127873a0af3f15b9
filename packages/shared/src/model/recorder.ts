import { decodeFrame, Departure, type Frame, FrameBuilder, type Keyframe, KeyframeEdge, KeyframePart } from '../trace/index.ts';
import { ChangedFiles, type FileChanges } from './changed-files.ts';
import type { FileState } from './file-state.ts';
import { writeGone, writeInodes } from './inode-rows.ts';
import { KeyframeWriter } from './keyframe-writer.ts';
import type { Model } from './model.ts';
import { writeSection } from './section.ts';
import { writeEverything } from './snapshot.ts';

/** Rows after which a block of sections is closed: what seeking to one file has to decode along with it. */
const GROUP_ROWS = 4096;

/** A keyframe of a recording has the log before it: it needs less of the past than somebody who has nothing. */
const RECENT = { ops: 1024, messages: 256 } as const;

/** Where keyframes go: a `RecordingWriter`, or its stages. */
export interface KeyframeSink<Out> {
  keyframe(keyframe: Keyframe): Out;
}

/**
 * Makes keyframes of a model for one recording. What it has of inodes that did not change since is not written again: neither their
 * section nor their row in the list. That is told whole again when the changes since are half as long, so that a reader of it never reads
 * more than one and a half lists.
 */
export class KeyframeRecorder<Out = Uint8Array> {
  private readonly sink: KeyframeSink<Out>;
  private readonly files = new ChangedFiles();
  private readonly builder = new FrameBuilder(64);
  /** Rows of the list since it was told whole; at first nothing was. */
  private rows = Infinity;

  constructor(sink: KeyframeSink<Out>) {
    this.sink = sink;
  }

  /** The state of the model now. The first of a recording is whole. */
  keyframe(model: Model): Out {
    const changes = this.files.since(model.files),
      listed = changes.listed.length + changes.forgotten.length;
    this.rows += listed;
    const isWhole = this.rows > model.files.size / 2;
    if (isWhole) this.rows = 0;
    return this.sink.keyframe({
      everything: this.framesOf(model, (out) => writeEverything(out, model, RECENT, KeyframePart.allButInodes)),
      inodes: isWhole || listed > 0 ? this.framesOf(model, (out) => writeList(out, model, isWhole ? undefined : changes)) : [],
      isWhole,
      sections: this.groups(model, changes.sections),
    });
  }

  private *groups(model: Model, files: readonly FileState[]): Generator<Frame[]> {
    for (let from = 0, to = 0; from < files.length; from = to) {
      for (let rows = 0; to < files.length && rows < GROUP_ROWS; to++)
        rows += 2 + files[to]!.data.size + files[to]!.pending.size + files[to]!.folios.size;
      const group = files.slice(from, to);
      yield this.framesOf(model, (out) => {
        for (const file of group) writeSection(out, file);
      });
    }
  }

  private framesOf({ until }: Model, write: (out: KeyframeWriter) => void): Frame[] {
    const out = new KeyframeWriter(until, 0, this.builder);
    write(out);
    return out.frames(0).map((bytes) => decodeFrame(bytes) as Frame);
  }
}

/** The list of inodes, whole or what changed in it: forgotten ones, then new and changed, then those that are gone now. */
function writeList(out: KeyframeWriter, model: Model, changes: FileChanges | undefined): void {
  const { files } = model;
  out.cells.type[out.edge(0, KeyframeEdge.begin)] = KeyframePart.inodes;
  if (changes) writeGone(out, changes.forgotten, Departure.forgotten);
  writeInodes(out, changes?.listed ?? files.all());
  writeGone(out, changes ? goneOf(model, changes.listed) : files.gone());
  out.cells.type[out.edge(0, KeyframeEdge.end)] = KeyframePart.inodes;
}

/** In the order in which they went. */
function goneOf({ files }: Model, listed: readonly FileState[]): number[] {
  const inodes = new Set(listed.filter(({ gone }) => gone).map(({ inode }) => inode));
  return inodes.size === 0 ? [] : [...files.gone()].filter((inode) => inodes.has(inode));
}
