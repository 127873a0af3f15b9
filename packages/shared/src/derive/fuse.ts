import { FolioFlag, FolioState, Kind } from '../trace/index.ts';
import { bigintOf, type FtraceFormat, numberOf } from '../wire/index.ts';
import { readBdi } from './bdi.ts';
import type { Handle, Rule, Scene } from './rule.ts';

/*
 * What a FUSE mount's kernel side tells on a stock kernel (facts: live-facts 8-12, 14). Folio state and writers only: the maps come from the
 * server's own messages, and so does what was written back (`clean`, `failed`): nothing here cleans.
 *
 * Not asked for, because they say nothing on these mounts: `iomap_add_to_ioend`, `iomap_invalidate_folio` and `iomap_release_folio` never fire
 * on 6.18; `folio_wait_writeback` says that somebody waited; `filemap_set_wb_err` names no range, the failed WRITE does.
 */
export const fuseRules: readonly Rule[] = [
  { system: 'filemap', event: 'mm_filemap_add_to_page_cache', use: (format, scene) => folioEvent(format, scene, FolioState.added) },
  { system: 'filemap', event: 'mm_filemap_delete_from_page_cache', use: (format, scene) => folioEvent(format, scene, FolioState.removed) },
  { system: 'writeback', event: 'writeback_dirty_folio', use: dirtied },
  { system: 'iomap', event: 'iomap_iter', use: called },
  { system: 'iomap', event: 'iomap_iter_dstmap', use: mapped },
  { system: 'iomap', event: 'iomap_writeback_folio', use: cleaned },
];

/** A folio entered the cache or left it. Kernels before large folios say no order: 0. */
function folioEvent(format: FtraceFormat, scene: Scene, state: typeof FolioState.added | typeof FolioState.removed): Handle | undefined {
  const { rows, steps, orders, pageSize } = scene,
    dev = numberOf(format, 's_dev'),
    ino = bigintOf(format, 'i_ino'),
    index = bigintOf(format, 'index'),
    order = numberOf(format, 'order');
  if (!dev || !ino || !index) return undefined;
  return (view, at, _, time, cpu, pid) => {
    const device = dev(view, at),
      inode = ino(view, at),
      page = index(view, at),
      power = order ? order(view, at) & 31 : 0,
      from = page * pageSize,
      length = pageSize << BigInt(power);
    if (state === FolioState.removed) steps.cleaned(device, inode, from, from + length);
    orders.set(inode, page, state === FolioState.added ? power : 0);
    const i = rows.begin(Kind.folio, time, cpu, pid, device, inode),
      c = rows.columns;
    if (i < 0) return;
    c.type[i] = state;
    c.offset[i] = from;
    c.length[i] = length;
    c.flags[i] = FolioFlag.order | power;
    c.op[i] = steps.opOf(pid, device, inode);
  };
}

/** `writeback_dirty_folio`: a clean folio became dirty; which bytes of it is said by the step that did it, when there is one. */
function dirtied(format: FtraceFormat, { rows, steps, orders, pageSize }: Scene): Handle | undefined {
  const dev = readBdi(format, 'name'),
    ino = bigintOf(format, 'ino'),
    index = bigintOf(format, 'index');
  if (!dev || !ino || !index) return undefined;
  return (view, at, size, time, cpu, pid) => {
    const device = dev(view, at, size),
      inode = ino(view, at),
      page = index(view, at),
      from = page * pageSize,
      length = pageSize << BigInt(orders.get(inode, page));
    steps.dirtied(pid, device, inode, from, from + length);
    const i = rows.begin(Kind.folio, time, cpu, pid, device, inode),
      c = rows.columns;
    if (i < 0) return;
    c.type[i] = FolioState.folioDirty;
    c.offset[i] = from;
    c.length[i] = length;
    c.op[i] = steps.opOf(pid, device, inode);
  };
}

/** `iomap_iter`; kernels before 6.13 or so have no `status`. */
function called(format: FtraceFormat, { steps, ownPids }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    pos = bigintOf(format, 'pos'),
    flags = numberOf(format, 'flags'),
    status = numberOf(format, 'status');
  if (!dev || !ino || !pos || !flags) return undefined;
  return (view, at, _, time, cpu, pid) => {
    if (ownPids.has(pid)) return;
    const from = pos(view, at);
    if (from < 0n) return;
    steps.call(time, cpu, pid, dev(view, at), ino(view, at), from, flags(view, at), status ? status(view, at) : 0);
  };
}

function mapped(format: FtraceFormat, { steps }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino');
  return dev && ino && ((view, at, _, time, cpu, pid) => steps.mapped(time, cpu, pid, dev(view, at), ino(view, at)));
}

/** `iomap_writeback_folio`: the folio's dirty bits were cleared a moment before its WRITE is sent. */
function cleaned(format: FtraceFormat, { steps }: Scene): Handle | undefined {
  const dev = numberOf(format, 'dev'),
    ino = bigintOf(format, 'ino'),
    offset = bigintOf(format, 'offset'),
    length = bigintOf(format, 'length');
  if (!dev || !ino || !offset || !length) return undefined;
  return (view, at) => {
    const from = offset(view, at);
    steps.cleaned(dev(view, at), ino(view, at), from, from + length(view, at));
  };
}
