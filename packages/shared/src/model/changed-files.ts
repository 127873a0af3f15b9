import type { FileState } from './file-state.ts';
import type { Files } from './files.ts';

/** What is another than when it was last asked. */
export interface FileChanges {
  /** Files that are new in the list, or of which it says something else. */
  readonly listed: readonly FileState[];
  /** Inodes that were listed and are no more. */
  readonly forgotten: readonly number[];
  /** Files of whose blocks and pages something else is known. */
  readonly sections: readonly FileState[];
}

/** What a file was when it was last asked about. */
interface Mark {
  list: number;
  maps: number;
}

/** Remembers of each listed file which version was seen: no more of them than the list has. */
export class ChangedFiles {
  private readonly marks = new Map<FileState, Mark>();
  private hasForgotten = false;

  get size(): number {
    return this.marks.size;
  }

  since(files: Files): FileChanges {
    const listed: FileState[] = [],
      sections: FileState[] = [],
      forgotten: number[] = [];
    const fresh: FileState[] = [];
    let seen = 0;
    for (const file of files.all()) {
      const mark = this.marks.get(file);
      if (!mark) {
        fresh.push(file);
        continue;
      }
      seen++;
      if (mark.list !== file.listVersion) listed.push(file);
      if (mark.maps !== file.mapsVersion) sections.push(file);
      mark.list = file.listVersion;
      mark.maps = file.mapsVersion;
    }
    if (seen < this.marks.size)
      for (const file of this.marks.keys()) if (files.find(file.inode) !== file) forgotten.push(this.forget(file));
    for (const file of fresh) {
      this.marks.set(file, { list: file.listVersion, maps: file.mapsVersion });
      listed.push(file);
      // One that was forgotten may be back: what a reader would find is then the section of the one before.
      if (!file.isBlank || this.hasForgotten) sections.push(file);
    }
    return { listed, forgotten, sections };
  }

  private forget(file: FileState): number {
    this.marks.delete(file);
    this.hasForgotten = true;
    return file.inode;
  }
}
