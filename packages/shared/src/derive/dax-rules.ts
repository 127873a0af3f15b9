import { How, Kind, MappingRole, MapType, OpType } from '../trace/index.ts';
import { bigintOf, type FtraceFormat, numberOf, OpFlag } from '../wire/index.ts';
import type { Handle, Rule, Scene } from './rule.ts';

/** Persistent memory that is mapped straight: faults by order, what a load of a hole gets, flushes. Facts: recordings/dax-README.md. */
export const daxRules: readonly Rule[] = [
  { system: 'fs_dax', event: 'dax_pmd_fault', use: (format, scene) => bracket(format, scene, true, true) },
  { system: 'fs_dax', event: 'dax_pmd_fault_done', use: (format, scene) => bracket(format, scene, true, false) },
  { system: 'fs_dax', event: 'dax_pte_fault', use: (format, scene) => bracket(format, scene, false, true) },
  { system: 'fs_dax', event: 'dax_pte_fault_done', use: (format, scene) => bracket(format, scene, false, false) },
  { system: 'fs_dax', event: 'dax_insert_pfn_mkwrite', use: inserted },
  { system: 'fs_dax', event: 'dax_insert_pfn_mkwrite_no_entry', use: inserted },
  { system: 'fs_dax', event: 'dax_load_hole', use: (format, scene) => holeLoaded(format, scene) },
  { system: 'fs_dax', event: 'dax_pmd_load_hole', use: (format, scene) => holeLoaded(format, scene) },
  { system: 'fs_dax', event: 'dax_writeback_range', use: (format, scene) => flushing(format, scene) },
  { system: 'fs_dax', event: 'dax_writeback_one', use: flushed },
  { system: 'fs_dax', event: 'dax_writeback_range_done', use: flushDone },
];

/** Of `enum fault_flag`. */
const FAULT_WRITE = 1;
/** Bytes of an entry of a page table: a PMD maps as many pages as a table has entries. */
const ENTRY = 8n;

/** The map of a PMD fault covers its whole page, whichever byte was touched. */
const pmdSize = (pageSize: bigint): bigint => pageSize * (pageSize / ENTRY);

function bracket(
  format: FtraceFormat,
  { inodes, tasks, faults, pageSize, ownPids }: Scene,
  isPmd: boolean,
  begins: boolean,
): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    pgoff = bigintOf(format, 'pgoff'),
    flags = numberOf(format, 'flags'),
    // Only the end has one: of the begin, text of trace-cmd does not even tell that it is none.
    result = begins ? () => 0 : numberOf(format, 'result'),
    size = isPmd ? pmdSize(pageSize) : pageSize;
  if (!dev || !ino || !pgoff || !flags || !result) return undefined;
  return (view, at, _, moment) => {
    const inode = ownPids.has(moment.pid) ? undefined : inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const task = tasks.of(moment.pid),
      page = pgoff(view, at) * pageSize;
    if (!begins) faults.end(moment, task, inode, result(view, at), size);
    else {
      const write = (flags(view, at) & FAULT_WRITE) === 0 ? 0 : OpFlag.WRITE;
      faults.begin(moment, task, inode, (OpFlag.FAULT | OpFlag.DAX | write) >>> 0, page, page - (page % size), size);
    }
  };
}

/** A synchronous fault comes back when its data is safe, and only then gets its page. */
function inserted(format: FtraceFormat, { inodes, tasks, faults, pageSize, ownPids }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    pgoff = bigintOf(format, 'pgoff'),
    result = numberOf(format, 'result');
  if (!dev || !ino || !pgoff || !result) return undefined;
  return (view, at, _, moment) => {
    const inode = ownPids.has(moment.pid) ? undefined : inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const task = tasks.of(moment.pid),
      page = pgoff(view, at) * pageSize;
    faults.begin(moment, task, inode, (OpFlag.FAULT | OpFlag.DAX | OpFlag.WRITE) >>> 0, page, page, pageSize);
    faults.end(moment, task, inode, result(view, at), pageSize);
  };
}

/** The process got a page of zeroes; the file got no block. */
function holeLoaded(format: FtraceFormat, { inodes, tasks, rows, pageSize, ownPids }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    size = format.name === 'dax_pmd_load_hole' ? pmdSize(pageSize) : pageSize;
  if (!dev || !ino) return undefined;
  return (view, at, _, { time, cpu, pid }) => {
    const inode = ownPids.has(pid) ? undefined : inodes.find(dev(view, at), ino(view, at)),
      { fault } = tasks.of(pid);
    if (!inode || fault?.inode !== inode) return;
    const i = rows.begin(Kind.mapping, time, cpu, pid, inode),
      c = rows.columns;
    c.op[i] = fault.op;
    c.role[i] = MappingRole.read;
    c.offset[i] = fault.page - (fault.page % size);
    c.length[i] = size;
    c.type[i] = MapType.HOLE;
  };
}

function flushing(format: FtraceFormat, { inodes, tasks, ops, pageSize }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    start = bigintOf(format, 'start_index'),
    end = bigintOf(format, 'end_index');
  if (!dev || !ino || !start || !end) return undefined;
  return (view, at, _, moment) => {
    const inode = inodes.find(dev(view, at), ino(view, at));
    if (!inode) return;
    const task = tasks.of(moment.pid),
      from = start(view, at) * pageSize,
      pages = end(view, at) - start(view, at) + 1n;
    if (task.flush) ops.end(moment, task.flush.inode, task.flush.op, OpType.writeback, task.flush.bytes, 0, 0, How.unknown);
    task.flush = { inode, op: ops.begin(moment, inode, OpType.writeback, OpFlag.DAX, from, pages * pageSize, 0), bytes: 0n };
  };
}

/** Pages of an entry were flushed out of the caches of the processor. */
function flushed(format: FtraceFormat, { inodes, tasks, pageSize }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    length = bigintOf(format, 'pglen');
  if (!dev || !ino || !length) return undefined;
  return (view, at, _, { pid }) => {
    const { flush } = tasks.of(pid);
    if (flush && flush.inode === inodes.find(dev(view, at), ino(view, at))) flush.bytes += length(view, at) * pageSize;
  };
}

function flushDone(format: FtraceFormat, { inodes, tasks, ops }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino');
  if (!dev || !ino) return undefined;
  return (view, at, _, moment) => {
    const task = tasks.of(moment.pid),
      { flush } = task;
    if (!flush || flush.inode !== inodes.find(dev(view, at), ino(view, at))) return;
    task.flush = undefined;
    ops.end(moment, flush.inode, flush.op, OpType.writeback, flush.bytes, 0);
  };
}
