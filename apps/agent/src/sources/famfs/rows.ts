import { deviceRuns } from '@mapscope/shared/model';
import {
  Asker,
  type FrameBuilder,
  How,
  Introduction,
  Kind,
  MapLayer,
  MapType,
  MessagePart,
  opId,
  OpType,
  SourceId,
} from '@mapscope/shared/trace';
import { utf8 } from '@mapscope/shared/units';
import { checkFmap, fmapFileTypes, isInterleaved, Opcode, sayViolation } from '@mapscope/shared/wire';
import type { FamfsFile, Found } from './found.ts';

/** Pieces of one file that are told one by one; of a longer one the layout says the rest. */
const MOST_PIECES = 1 << 16;
/** Of a message, bytes that are kept. */
const MOST_MESSAGE = 4096;

/** Rows that say what was found, all at one moment. `full`: called when `rows` must be taken. */
export class FamfsRows {
  private readonly rows: FrameBuilder;
  private readonly full: () => void;
  private readonly at: bigint;

  constructor(rows: FrameBuilder, at: bigint, full: () => void) {
    this.rows = rows;
    this.at = at;
    this.full = full;
  }

  say({ files, devices, awaiting }: Found): void {
    for (const [index, path] of devices) this.device(index, path);
    for (const index of awaiting) this.device(index, undefined);
    files.forEach((file, k) => this.file(k + 1, file));
  }

  /** The stream counts devices from 1. One that no GET_DAXDEV reply named has no path yet, and its name says what it waits for. */
  private device(index: number, path: string | undefined): void {
    const i = this.row(Kind.device, path === undefined ? How.unknown : How.reported);
    this.rows.device[i] = numberOf(index);
    this.rows.addr[i] = 0n;
    this.rows.bytes(utf8(path ?? `device ${index}, awaiting GET_DAXDEV`));
  }

  private file(inode: number, { path, mode, map, message }: FamfsFile): void {
    const { rows } = this,
      type = map.header.file_type;
    let i = this.row(Kind.inode);
    rows.inode[i] = inode;
    rows.length[i] = map.header.file_size;
    rows.addr[i] = 0n;
    rows.type[i] = mode;
    rows.role[i] = Introduction.first;
    rows.bytes(utf8(path));
    if (type !== 0) {
      i = this.row(Kind.mark);
      rows.inode[i] = inode;
      rows.bytes(utf8(`famfs ${fmapFileTypes.print(type)}`));
    }
    if (message) this.message(inode, message);
    if (isInterleaved(map)) this.striped(inode, map.extents, map.header.file_size);
    else this.simple(inode, map.extents);
    for (const violation of checkFmap(map)) {
      i = this.row(Kind.violation);
      rows.inode[i] = inode;
      rows.bytes(utf8(sayViolation(violation)));
    }
  }

  private simple(inode: number, extents: FamfsFile['map']['extents']): void {
    let from = 0n;
    for (const extent of extents) {
      if ('strips' in extent) continue;
      this.extent(inode, from, extent.se_len, numberOf(extent.se_devindex), extent.se_offset);
      from += extent.se_len;
    }
  }

  private striped(inode: number, extents: FamfsFile['map']['extents'], size: bigint): void {
    const { rows } = this,
      layouts = [];
    let from = 0n;
    for (const [index, extent] of extents.entries()) {
      if (!('strips' in extent)) continue;
      const i = this.row(Kind.layout);
      rows.inode[i] = inode;
      rows.type[i] = index;
      rows.offset[i] = from;
      rows.length[i] = extent.ie_nbytes;
      rows.flags[i] = extent.ie_chunk_size;
      rows.result[i] = BigInt(extent.strips.length);
      const strips = extent.strips.map(({ se_devindex, se_offset, se_len }) => ({
        device: numberOf(se_devindex),
        addr: se_offset,
        length: se_len,
      }));
      for (const [k, { device, addr, length }] of strips.entries()) {
        const j = this.row(Kind.strip);
        rows.inode[j] = inode;
        rows.type[j] = index;
        rows.flags[j] = k;
        rows.device[j] = device;
        rows.addr[j] = addr;
        rows.length[j] = length;
      }
      layouts.push({ from, nbytes: extent.ie_nbytes, chunkSize: BigInt(extent.ie_chunk_size), strips });
      from += extent.ie_nbytes;
    }
    for (const run of deviceRuns(layouts, size, 0n, size, MOST_PIECES))
      this.extent(inode, run.from, run.to - run.from, run.device, run.addr);
  }

  private extent(inode: number, from: bigint, length: bigint, device: number, addr: bigint): void {
    if (length === 0n) return;
    const { rows } = this,
      i = this.row(Kind.extent);
    rows.inode[i] = inode;
    rows.role[i] = MapLayer.data;
    rows.offset[i] = from;
    rows.length[i] = length;
    rows.device[i] = device;
    rows.addr[i] = addr;
    rows.type[i] = MapType.MAPPED;
  }

  /** The request that the message answers: its own bytes are not there. */
  private message(inode: number, bytes: Uint8Array): void {
    const { rows } = this,
      op = opId(SourceId.famfs, inode);
    let i = this.row(Kind.opBegin);
    rows.op[i] = op;
    rows.type[i] = OpType.request;
    rows.role[i] = Asker.kernel;
    rows.inode[i] = inode;
    rows.flags[i] = Opcode.GET_FMAP;
    i = this.row(Kind.message);
    rows.op[i] = op;
    rows.inode[i] = inode;
    rows.role[i] = MessagePart.replyBody;
    rows.flags[i] = Opcode.GET_FMAP;
    rows.length[i] = BigInt(bytes.length);
    rows.bytes(bytes.subarray(0, MOST_MESSAGE));
    i = this.row(Kind.opEnd);
    rows.op[i] = op;
    rows.type[i] = OpType.request;
    rows.inode[i] = inode;
  }

  private row(kind: Kind, how: How = How.reported): number {
    if (this.rows.isFull) this.full();
    const i = this.rows.row(kind, this.at);
    this.rows.source[i] = SourceId.famfs;
    this.rows.how[i] = how;
    return i;
  }
}

/** A u16: an index that no device has is told as the last one. */
const numberOf = (index: number): number => Math.min(index + 1, 0xffff);
