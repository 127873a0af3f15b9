import { createModel, reduce } from '@mapscope/shared/model';
import {
  decodeFrame,
  type Frame,
  FrameBuilder,
  FolioFlag,
  How,
  Introduction,
  Kind,
  MapLayer,
  MapType,
  NO_ADDR,
} from '@mapscope/shared/trace';
import { fileWindow } from '../../feed/file-window.ts';
import type { FileWindow } from '../../feed/window.ts';

export const K = 1024n,
  M = K * K;

const FRAME_ROWS = 1024;

interface Look {
  readonly flags?: number;
  readonly how?: number;
  readonly device?: number;
}

/**
 * Files as a stream of rows, for pictures and tests: what is told is framed, decoded and reduced like what a real agent tells, and the
 * window is the worker's own.
 */
export function story() {
  const model = createModel();
  let now = 1_000_000_000n;

  const rows = new FrameBuilder(FRAME_ROWS);
  let told = 0;
  const tell = (kind: Kind, fill: (rows: FrameBuilder, i: number) => void): void => {
    now += 1_000_000n;
    fill(rows, rows.row(kind, now));
    if (++told === FRAME_ROWS) send();
  };
  const send = (): void => {
    told = 0;
    reduce(model, decodeFrame(rows.take(now + 1n)) as Frame);
  };

  const self = {
    device(number: number, path: string, size: bigint) {
      tell(Kind.device, (rows, i) => {
        rows.device[i] = number;
        rows.length[i] = size;
        rows.addr[i] = 4096n;
        rows.bytes(new TextEncoder().encode(path));
      });
      return self;
    },
    file(inode: number, path: string, size: bigint) {
      tell(Kind.inode, (rows, i) => {
        rows.inode[i] = inode;
        rows.length[i] = size;
        rows.flags[i] = 4096;
        rows.type[i] = 0o100644;
        rows.how[i] = How.reported;
        rows.role[i] = Introduction.first;
        rows.bytes(new TextEncoder().encode(path));
      });
      return self;
    },
    /** An extent of the data map; `addr` undefined: no place. */
    extent(inode: number, from: bigint, length: bigint, type: number, addr?: bigint, look: Look = {}, layer: number = MapLayer.data) {
      tell(Kind.extent, (rows, i) => {
        rows.inode[i] = inode;
        rows.role[i] = layer;
        rows.offset[i] = from;
        rows.length[i] = length;
        rows.type[i] = type;
        rows.addr[i] = addr ?? NO_ADDR;
        rows.device[i] = addr === undefined ? 0 : (look.device ?? 1);
        rows.flags[i] = look.flags ?? 0;
        rows.how[i] = look.how ?? How.reported;
      });
      return self;
    },
    hole: (inode: number, from: bigint, length: bigint) => self.extent(inode, from, length, MapType.HOLE),
    pending: (inode: number, from: bigint, length: bigint, type: number, addr?: bigint) =>
      self.extent(inode, from, length, type, addr, {}, MapLayer.pending),
    folio(inode: number, from: bigint, length: bigint, state: number, order?: number) {
      tell(Kind.folio, (rows, i) => {
        rows.inode[i] = inode;
        rows.offset[i] = from;
        rows.length[i] = length;
        rows.type[i] = state;
        rows.how[i] = How.observed;
        if (order !== undefined) rows.flags[i] = FolioFlag.order | order;
      });
      return self;
    },
    layout(
      inode: number,
      from: bigint,
      length: bigint,
      chunkSize: number,
      strips: readonly { readonly device: number; readonly addr: bigint; readonly length: bigint }[],
    ) {
      tell(Kind.layout, (rows, i) => {
        rows.inode[i] = inode;
        rows.offset[i] = from;
        rows.length[i] = length;
        rows.flags[i] = chunkSize;
        rows.result[i] = BigInt(strips.length);
      });
      strips.forEach((strip, k) =>
        tell(Kind.strip, (rows, i) => {
          rows.inode[i] = inode;
          rows.flags[i] = k;
          rows.device[i] = strip.device;
          rows.addr[i] = strip.addr;
          rows.length[i] = strip.length;
        }),
      );
      return self;
    },
    source(folios: FileWindow['foliosFrom']) {
      tell(Kind.source, (rows, i) => {
        rows.source[i] = 3;
        rows.bytes(new TextEncoder().encode(JSON.stringify({ name: 'tracefs', state: 'ok', folios })));
      });
      return self;
    },
    /** Rows were lost: what any of them could have touched is unknown. */
    lost(rowCount: bigint) {
      tell(Kind.lost, (rows, i) => {
        rows.result[i] = rowCount;
        rows.offset[i] = now - 1n;
        rows.length[i] = now;
      });
      return self;
    },
    wait(ns: bigint) {
      now += ns;
      return self;
    },
    window(inode: number, from = 0n, to?: bigint): FileWindow {
      send();
      return fileWindow(model, model.files.find(inode)!, from, to);
    },
  };
  return self;
}

/** The same numbers every time: pictures are compared. */
export function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
