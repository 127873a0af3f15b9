import { FolioState, IoStage, MapLayer, NO_ADDR } from '@mapscope/shared/trace';

/*
 * The same work without a model of our own, as one would begin: a JSON object a line into plain objects. Extents of a file are one sorted
 * array, pages a map by their number, ops and I/Os maps by their id with a list of the newest that ended.
 */

export interface PlainExtent {
  from: bigint;
  to: bigint;
  addr: bigint;
  device: number;
  type: number;
  flags: number;
  how: number;
  op: number;
  since: bigint;
}

interface PlainOp {
  readonly row: Row;
  reply?: Row;
  end?: Row;
  readonly mappings: Row[];
}

/** A row as `recording-peer.ts` writes it: u64 as strings. */
export interface Row {
  readonly kind: string;
  readonly time: string;
  readonly inode: number;
  readonly offset: string;
  readonly length: string;
  readonly addr: string;
  readonly device: number;
  readonly type: number;
  readonly flags: number;
  readonly how: number;
  readonly op: number;
  readonly role: number;
}

const KEEP = 1 << 16;
const PAGE = 4096n;

class PlainFile {
  row: Row | undefined;
  readonly data: PlainExtent[] = [];
  readonly pending: PlainExtent[] = [];
  readonly pages = new Map<number, { state: number; how: number; since: string }>();
}

export class PlainModel {
  readonly files = new Map<number, PlainFile>();
  readonly ops = new Map<number, PlainOp>();
  readonly ios = new Map<number, Row>();
  private readonly ended: (PlainOp | Row)[] = [];
  private readonly told: Row[] = [];

  line(text: string): void {
    const row = JSON.parse(text) as Row;
    switch (row.kind) {
      case 'inode':
        this.file(row).row = row;
        break;
      case 'extent': {
        const file = this.file(row);
        lay(row.role === MapLayer.pending ? file.pending : file.data, extentOf(row));
        break;
      }
      case 'folio':
        this.folio(row);
        break;
      case 'op-begin':
        this.ops.set(row.op, { row, mappings: [] });
        break;
      case 'op-reply':
        this.op(row).reply = row;
        break;
      case 'mapping':
        this.op(row).mappings.push(row);
        break;
      case 'op-end':
        this.op(row).end = row;
        this.keep(this.op(row));
        this.ops.delete(row.op);
        break;
      case 'io':
        if (row.role === IoStage.done) {
          this.ios.delete(row.op);
          this.keep(row);
        } else this.ios.set(row.op, row);
        break;
      default:
        this.told.push(row);
        if (this.told.length > KEEP) this.told.splice(0, KEEP / 2);
    }
  }

  private file({ inode }: Row): PlainFile {
    let file = this.files.get(inode);
    if (!file) this.files.set(inode, (file = new PlainFile()));
    return file;
  }

  private op(row: Row): PlainOp {
    let op = this.ops.get(row.op);
    if (!op) this.ops.set(row.op, (op = { row, mappings: [] }));
    return op;
  }

  private keep(it: PlainOp | Row): void {
    this.ended.push(it);
    if (this.ended.length > KEEP) this.ended.splice(0, KEEP / 2);
  }

  private folio(row: Row): void {
    const { pages } = this.file(row),
      first = Number(BigInt(row.offset) / PAGE),
      end = Number((BigInt(row.offset) + BigInt(row.length) + PAGE - 1n) / PAGE);
    for (let page = first; page < end; page++)
      if (row.type === FolioState.removed) pages.delete(page);
      else pages.set(page, { state: row.type, how: row.how, since: row.time });
  }
}

const extentOf = (row: Row): PlainExtent => ({
  from: BigInt(row.offset),
  to: BigInt(row.offset) + BigInt(row.length),
  addr: BigInt(row.addr),
  device: row.device,
  type: row.type,
  flags: row.flags,
  how: row.how,
  op: row.op,
  since: BigInt(row.time),
});

/** Lay an extent over a sorted array of them: what it covers goes, what it cuts is cut, and neighbours that go on become one. */
export function lay(list: PlainExtent[], extent: PlainExtent): void {
  const first = firstBehind(list, extent.from);
  let end = first;
  while (end < list.length && list[end]!.from < extent.to) end++;
  const parts: PlainExtent[] = [],
    head = list[first],
    tail = list[end - 1];
  if (end > first && head!.from < extent.from) parts.push({ ...head!, to: extent.from });
  parts.push(extent);
  if (end > first && tail!.to > extent.to) parts.push(from(tail!, extent.to));
  list.splice(first, end - first, ...parts);
  for (let k = Math.max(0, first - 1); k < first + parts.length && k + 1 < list.length;) {
    if (goesOn(list[k]!, list[k + 1]!)) {
      list[k] = { ...list[k]!, to: list[k + 1]!.to, since: extent.since, op: extent.op };
      list.splice(k + 1, 1);
    } else k++;
  }
}

const from = (extent: PlainExtent, at: bigint): PlainExtent => ({
  ...extent,
  from: at,
  addr: extent.addr === NO_ADDR ? NO_ADDR : extent.addr + (at - extent.from),
});

const goesOn = (a: PlainExtent, b: PlainExtent): boolean =>
  a.to === b.from &&
  a.type === b.type &&
  a.device === b.device &&
  a.flags === b.flags &&
  a.how === b.how &&
  (a.addr === NO_ADDR ? b.addr === NO_ADDR : a.addr + (a.to - a.from) === b.addr);

function firstBehind(list: readonly PlainExtent[], at: bigint): number {
  let low = 0,
    high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.to > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
