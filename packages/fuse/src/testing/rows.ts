import { decodeFrame, type Frame, heapOf, Kind } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';

/** A row as a test likes to read it. */
export interface RowObject {
  readonly kind: string;
  readonly time: bigint;
  readonly offset: bigint;
  readonly length: bigint;
  readonly addr: bigint;
  readonly result: bigint;
  readonly inode: number;
  readonly op: number;
  readonly parent: number;
  readonly flags: number;
  readonly pid: number;
  readonly device: number;
  readonly type: number;
  readonly errno: number;
  readonly source: number;
  readonly role: number;
  readonly how: number;
  readonly heap: Uint8Array;
}

const kindNames = new Map<number, string>(Object.entries(Kind).map(([name, n]) => [n, name]));

export function rowsOf(bytes: Uint8Array): RowObject[] {
  const frame = decodeFrame(bytes.slice());
  if (isFlaw(frame)) throw new Error(`not a frame: ${frame.code}`);
  return Array.from({ length: (frame as Frame).count }, (_, i) => {
    const f = frame as Frame;
    return {
      kind: kindNames.get(f.kind[i]!)!,
      time: f.time[i]!,
      offset: f.offset[i]!,
      length: f.length[i]!,
      addr: f.addr[i]!,
      result: f.result[i]!,
      inode: f.inode[i]!,
      op: f.op[i]!,
      parent: f.parent[i]!,
      flags: f.flags[i]!,
      pid: f.pid[i]!,
      device: f.device[i]!,
      type: f.type[i]!,
      errno: f.errno[i]!,
      source: f.source[i]!,
      role: f.role[i]!,
      how: f.how[i]!,
      heap: heapOf(f, i).slice(),
    };
  });
}

export const textOf = (row: RowObject): string => Buffer.from(row.heap).toString();
