import { Departure, KeyframeEdge, Kind } from '../trace/index.ts';
import type { FileState } from './file-state.ts';
import type { KeyframeWriter } from './keyframe-writer.ts';

/** Name and size of each file, as a list of inodes has them. */
export function writeInodes(out: KeyframeWriter, files: Iterable<FileState>): void {
  const b = out.cells;
  for (const file of files) {
    if (!file.introduced) {
      // Nobody named it, but there are rows about it: an empty section says that it is there.
      out.edge(file.inode, KeyframeEdge.begin);
      out.edge(file.inode, KeyframeEdge.end);
      continue;
    }
    const i = out.row(Kind.inode, file.since, file.source);
    b.inode[i] = file.inode;
    b.offset[i] = file.ino;
    b.length[i] = file.size;
    b.addr[i] = file.generation;
    b.device[i] = file.device;
    b.flags[i] = file.blockSize;
    b.type[i] = file.mode;
    b.result[i] = BigInt.asIntN(64, file.root);
    b.how[i] = file.how;
    b.bytes(file.path);
  }
}

/** Those that are gone, in the order in which they went. */
export function writeGone(out: KeyframeWriter, inodes: Iterable<number>, role: Departure = Departure.gone): void {
  for (const inode of inodes) {
    const i = out.row(Kind.inodeGone, out.until);
    out.cells.inode[i] = inode;
    out.cells.role[i] = role;
  }
}
