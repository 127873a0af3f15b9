import { decodeFrame, Departure, type Frame, KeyframeEdge, KeyframePart } from '../trace/index.ts';
import type { FileState } from './file-state.ts';
import { writeGone, writeInodes } from './inode-rows.ts';
import { KeyframeWriter } from './keyframe-writer.ts';
import type { Model } from './model.ts';

/** The list of inodes at a keyframe, as the recording needs it. */
export interface ListChanges {
  readonly inodes: readonly Frame[];
  readonly isWhole: boolean;
  /** Files that were listed before and are no more. */
  readonly forgotten: readonly FileState[];
}

/**
 * Says the list of inodes of a model, then only what changed in it; the whole again when all that was said since is as long as half of it,
 * so that a reader never reads more than one and a half lists.
 *
 *   whole   changes   changes   changes   whole   changes …        a change: forgotten, then new and changed, then gone
 */
export class ListRecorder {
  /** The version of each file at which it was last listed. Holds no more than the list. */
  private readonly listed = new Map<FileState, number>();
  private rows = 0;
  private isFirst = true;
  /** A file that was listed once is listed no more. */
  hasForgotten = false;

  changes(model: Model): ListChanges {
    const { files } = model,
      forgotten = this.forget(model),
      changed: FileState[] = [];
    for (const file of files.all()) {
      if (this.listed.get(file) === file.listVersion) continue;
      this.listed.set(file, file.listVersion);
      changed.push(file);
    }
    this.rows += forgotten.length + changed.length;
    const isWhole = this.isFirst || this.rows > files.size / 2;
    if (isWhole) this.rows = 0;
    this.isFirst = false;
    if (!isWhole && forgotten.length + changed.length === 0) return { inodes: [], isWhole, forgotten };

    const out = new KeyframeWriter(model.until, 0);
    out.cells.type[out.edge(0, KeyframeEdge.begin)] = KeyframePart.inodes;
    if (!isWhole)
      writeGone(
        out,
        forgotten.map(({ inode }) => inode),
        Departure.forgotten,
      );
    writeInodes(out, isWhole ? files.all() : changed);
    writeGone(out, isWhole ? files.gone() : goneIn(model, changed));
    out.cells.type[out.edge(0, KeyframeEdge.end)] = KeyframePart.inodes;
    return { inodes: out.frames(0).map((bytes) => decodeFrame(bytes) as Frame), isWhole, forgotten };
  }

  private forget(model: Model): FileState[] {
    const forgotten = [...this.listed.keys()].filter((file) => model.files.find(file.inode) !== file);
    for (const file of forgotten) this.listed.delete(file);
    if (forgotten.length > 0) this.hasForgotten = true;
    return forgotten;
  }
}

/** In the order in which they went. */
function goneIn(model: Model, changed: readonly FileState[]): number[] {
  const inodes = new Set(changed.filter(({ gone }) => gone).map(({ inode }) => inode));
  return inodes.size === 0 ? [] : [...model.files.gone()].filter((inode) => inodes.has(inode));
}
