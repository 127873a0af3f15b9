import {
  Asker,
  EndFlag,
  FolioState,
  FrameBuilder,
  How,
  Introduction,
  IoStage,
  Kind,
  MapLayer,
  MappingRole,
  MapType,
  opId,
  OpType,
  SourceId,
} from '@mapscope/shared/trace';
import { utf8 } from '@mapscope/shared/units';

const PAGE = 4096;
const FRAME_ROWS = 512;
/** Files of the working set, which moves through all of them; and how many of a hundred writes go there. */
const HOT = 3000;
const HOT_SHARE = 80;
const source = SourceId.fuse;

/**
 * Cached writes to many files with their writeback, as a busy mount sends them: some fourteen rows each. Half of the files are there at
 * first, the others are made as time goes by. Most writes append; a file has a handful of extents.
 */
export class Writes {
  private readonly rows = new FrameBuilder(FRAME_ROWS * 2);
  private readonly pages: Float64Array;
  private time = 1_000_000_000n;
  private known = 0;
  private ops = 0;
  private place = 0n;
  private seed = 1;

  constructor(files: number) {
    this.pages = new Float64Array(files + 1);
    const i = this.row(Kind.device, 0);
    this.rows.device[i] = 1;
    this.rows.length[i] = 1n << 40n;
    this.rows.addr[i] = BigInt(PAGE);
    this.rows.bytes(utf8('/dev/shm/0.img'));
  }

  /** The next frame, encoded. `progress` from 0 to 1: where in the whole it is. */
  frame(progress: number): Uint8Array {
    const files = this.pages.length - 1,
      wanted = Math.min(files, Math.ceil((files * (1 + progress * 1.02)) / 2));
    while (this.rows.count < FRAME_ROWS) {
      if (this.known < wanted) this.inode(++this.known, Introduction.first);
      else this.write(1 + this.pick(progress));
    }
    return this.rows.take(this.time);
  }

  private pick(progress: number): number {
    if (this.below(100) >= HOT_SHARE) return this.below(this.known);
    const near = Math.floor((this.below(HOT) * this.below(HOT)) / HOT);
    return (Math.floor(progress * this.known) + near) % this.known;
  }

  private write(file: number): void {
    const { rows } = this,
      count = 1 + this.below(4),
      end = this.pages[file]!,
      from = end === 0 || this.below(4) > 0 ? end : this.below(end);
    const offset = BigInt(from * PAGE),
      length = BigInt(count * PAGE),
      addr = this.place;
    const request = opId(source, ++this.ops),
      iomap = opId(source, ++this.ops),
      io = opId(source, ++this.ops);
    const at = (kind: Kind): number => {
      const i = this.row(kind, file);
      rows.offset[i] = offset;
      rows.length[i] = length;
      return i;
    };
    const folio = (state: FolioState, parent: number): void => {
      const i = at(Kind.folio);
      rows.type[i] = state;
      rows.source[i] = SourceId.tracefs;
      rows.op[i] = rows.parent[i] = parent;
    };
    const op = (kind: Kind, id: number, type: OpType): number => {
      const i = at(kind);
      rows.op[i] = id;
      rows.type[i] = type;
      return i;
    };
    const placed = (kind: Kind, id: number, role: number): number => {
      const i = at(kind);
      rows.op[i] = id;
      rows.role[i] = role;
      rows.addr[i] = addr;
      rows.device[i] = 1;
      return i;
    };
    folio(FolioState.dirty, 0);
    rows.role[op(Kind.opBegin, request, OpType.request)] = Asker.kernel;
    folio(FolioState.writeback, request);
    const begin = op(Kind.opBegin, iomap, OpType.iomap);
    rows.role[begin] = Asker.engine;
    rows.parent[begin] = request;
    op(Kind.opReply, iomap, OpType.iomap);
    rows.type[placed(Kind.mapping, iomap, MappingRole.write)] = MapType.MAPPED;
    rows.parent[placed(Kind.io, io, IoStage.submit)] = request;
    rows.result[placed(Kind.io, io, IoStage.done)] = length;
    rows.type[placed(Kind.extent, iomap, MapLayer.data)] = MapType.MAPPED;
    const over = op(Kind.opEnd, iomap, OpType.iomap);
    rows.result[over] = length;
    rows.flags[over] = EndFlag.sent;
    folio(FolioState.clean, request);
    rows.result[op(Kind.opEnd, request, OpType.request)] = length;
    this.place += length;
    if (from + count <= end) return;
    this.pages[file] = from + count;
    this.inode(file, Introduction.again);
  }

  private inode(file: number, role: Introduction): void {
    const i = this.row(Kind.inode, file),
      { rows } = this;
    rows.role[i] = role;
    rows.offset[i] = BigInt(file + 1000);
    rows.length[i] = BigInt(this.pages[file]! * PAGE);
    rows.addr[i] = 1n;
    rows.flags[i] = PAGE;
    rows.type[i] = 0o100644;
    rows.bytes(utf8(`dir-${file % 317}/file-${file}`));
  }

  private row(kind: Kind, inode: number): number {
    this.time += BigInt(500 + this.below(20_000));
    const i = this.rows.row(kind, this.time);
    this.rows.inode[i] = inode;
    this.rows.source[i] = source;
    this.rows.how[i] = How.observed;
    return i;
  }

  private below(n: number): number {
    return (this.seed = (this.seed * 48_271) % 0x7fff_ffff) % n;
  }
}
