import type { Frame, How, MapType, MappingRole } from '../trace/index.ts';
import { Table } from './table.ts';

/** What an op was answered. */
export interface Mapping {
  readonly role: MappingRole;
  readonly from: bigint;
  readonly to: bigint;
  readonly addr: bigint;
  readonly device: number;
  readonly type: MapType;
  readonly flags: number;
  readonly at: bigint;
  readonly how: How;
}

const columns = {
  at: 'u64',
  from: 'u64',
  to: 'u64',
  addr: 'u64',
  flags: 'u32',
  next: 'u32',
  device: 'u16',
  type: 'u16',
  role: 'u8',
  how: 'u8',
} as const;

/** The mappings of all ops: one list an op, in columns, because there are as many of them as ops. A list is named by its first place; 0 is the empty one. */
export class Mappings {
  private readonly table = new Table(columns);
  private readonly free: number[] = [];
  private used = 1;

  /** A row behind place `last` (0: it begins a list); answers its place. */
  push(f: Frame, i: number, last: number): number {
    const place = this.free.pop() ?? this.used++;
    this.table.reach(place);
    const c = this.table.cells;
    c.at[place] = f.time[i]!;
    c.from[place] = f.offset[i]!;
    c.to[place] = f.offset[i]! + f.length[i]!;
    c.addr[place] = f.addr[i]!;
    c.flags[place] = f.flags[i]!;
    c.next[place] = 0;
    c.device[place] = f.device[i]!;
    c.type[place] = f.type[i]!;
    c.role[place] = f.role[i]!;
    c.how[place] = f.how[i]!;
    if (last !== 0) c.next[last] = place;
    return place;
  }

  list(first: number): Mapping[] {
    const c = this.table.cells,
      out: Mapping[] = [];
    for (let k = first; k !== 0; k = c.next[k]!)
      out.push({
        role: c.role[k] as MappingRole,
        from: c.from[k]!,
        to: c.to[k]!,
        addr: c.addr[k]!,
        device: c.device[k]!,
        type: c.type[k] as MapType,
        flags: c.flags[k]!,
        at: c.at[k]!,
        how: c.how[k] as How,
      });
    return out;
  }

  drop(first: number): void {
    const { next } = this.table.cells;
    for (let k = first; k !== 0; k = next[k]!) this.free.push(k);
  }

  empty(): void {
    this.free.length = 0;
    this.used = 1;
  }
}
