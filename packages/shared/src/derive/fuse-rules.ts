import { MappingRole } from '../trace/index.ts';
import { bigintOf, type FtraceFormat, inHeader, numberOf, Opcode, outHeader, writeIn } from '../wire/index.ts';
import { callRules } from './call-rules.ts';
import type { Mapping } from './claims.ts';
import { mapFlagsOf, opFlagsOf } from './flags.ts';
import type { Inode } from './inode.ts';
import { tellMapping } from './iomap-rules.ts';
import type { Handle, Rule, Scene } from './rule.ts';

/**
 * What the FUSE client tells of its server: each request from its queue to the taking of its answer, on any mount (live-facts 12), and the mappings
 * that it asks for, on kernels with fuse-iomap. None is released: events and fields are named as in the postings of September 2025
 * (`fuse_trace: implement the basic iomap mechanisms`), and of a kernel that names them otherwise nothing is told.
 */
export const fuseRules: readonly Rule[] = [
  { system: 'fuse', event: 'fuse_request_send', use: sent },
  { system: 'fuse', event: 'fuse_request_end', use: answered },
  { system: 'fuse', event: 'fuse_iomap_begin', use: asked },
  { system: 'fuse', event: 'fuse_iomap_begin_error', use: refused },
  { system: 'fuse', event: 'fuse_iomap_read_map', use: (format, scene) => mapped(format, scene, MappingRole.read) },
  { system: 'fuse', event: 'fuse_iomap_write_map', use: (format, scene) => mapped(format, scene, MappingRole.write) },
  { system: 'fuse', event: 'fuse_iomap_end', use: ended },
  ...callRules,
];

/** Bytes of a WRITE that are not its data. */
const WRITE_HEAD = inHeader.size + writeIn.size;

/** The kernel queues a request. Which file it is about is not told, unless it is part of a question about one. */
function sent(format: FtraceFormat, { requests, tasks, inodes, ownPids }: Scene): Handle | undefined {
  const connection = numberOf(format, 'connection'),
    unique = bigintOf(format, 'unique'),
    opcode = numberOf(format, 'opcode'),
    size = numberOf(format, 'len');
  if (!connection || !unique || !opcode || !size) return undefined;
  return (view, at, _, moment) => {
    const dev = connection(view, at),
      number = unique(view, at);
    // Some kernels tell of it before it has its number: nothing would tell of its end.
    if (number === 0n || !inodes.volume(dev)) return;
    const code = opcode(view, at),
      isOwn = ownPids.has(moment.pid),
      bytes = size(view, at) >>> 0,
      { upcall } = tasks.of(moment.pid),
      isQuestion = code === Opcode.IOMAP_BEGIN || code === Opcode.IOMAP_END,
      length = code === Opcode.WRITE ? BigInt(Math.max(0, bytes - WRITE_HEAD)) : 0n;
    requests.send(moment, dev, number, code, bytes, { length, asking: isQuestion ? upcall : undefined, isOwn });
  };
}

/** The kernel has taken the answer of a request, or has given it up. */
function answered(format: FtraceFormat, { requests }: Scene): Handle | undefined {
  const connection = numberOf(format, 'connection'),
    unique = bigintOf(format, 'unique'),
    size = numberOf(format, 'len'),
    error = numberOf(format, 'error');
  if (!connection || !unique || !size || !error) return undefined;
  return (view, at, _, moment) => {
    const bytes = BigInt(Math.max(0, (size(view, at) >>> 0) - outHeader.size));
    requests.end(moment, connection(view, at), unique(view, at), Math.abs(error(view, at)), bytes);
  };
}

/** Which file a record of `fuse_iomap_*` is about: its inode number is the server's, as everywhere (live-facts 11). */
function fileOf(
  format: FtraceFormat,
  { inodes, ownPids }: Scene,
): ((view: DataView, at: number, pid: number) => Inode | undefined) | undefined {
  const connection = numberOf(format, 'connection'),
    ino = bigintOf(format, 'ino');
  if (!connection || !ino) return undefined;
  return (view, at, pid) => (ownPids.has(pid) ? undefined : inodes.find(connection(view, at), ino(view, at)));
}

function asked(format: FtraceFormat, scene: Scene): Handle | undefined {
  const file = fileOf(format, scene),
    pos = bigintOf(format, 'offset'),
    count = bigintOf(format, 'length'),
    flags = numberOf(format, 'opflags'),
    translate = opFlagsOf(format, 'opflags');
  if (!file || !pos || !count || !flags) return undefined;
  return (view, at, _, moment) => {
    const inode = file(view, at, moment.pid),
      task = scene.tasks.of(moment.pid);
    if (inode) scene.upcalls.ask(moment, task, inode, translate(flags(view, at)), pos(view, at), count(view, at));
  };
}

function refused(format: FtraceFormat, scene: Scene): Handle | undefined {
  const file = fileOf(format, scene),
    error = numberOf(format, 'error');
  if (!file || !error) return undefined;
  return (view, at, _, moment) => {
    const inode = file(view, at, moment.pid);
    if (inode) scene.upcalls.refuse(moment, scene.tasks.of(moment.pid), inode, Math.abs(error(view, at)));
  };
}

/** What the server answered. Its devices are numbers of the connection: which of ours one is, nothing tells. */
function mapped(format: FtraceFormat, scene: Scene, role: MappingRole): Handle | undefined {
  const file = fileOf(format, scene),
    offset = bigintOf(format, 'mapoffset'),
    length = bigintOf(format, 'maplength'),
    addr = bigintOf(format, 'mapaddr'),
    type = numberOf(format, 'maptype'),
    flags = numberOf(format, 'mapflags'),
    translate = mapFlagsOf(format, 'mapflags');
  if (!file || !offset || !length || !addr || !type || !flags) return undefined;
  return (view, at, _, moment) => {
    const inode = file(view, at, moment.pid),
      op = inode && scene.upcalls.answer(moment, scene.tasks.of(moment.pid), inode);
    if (!inode || op === undefined) return;
    const m: Mapping = {
      offset: offset(view, at),
      length: length(view, at),
      addr: addr(view, at),
      type: type(view, at),
      flags: translate(flags(view, at)),
      device: 0,
    };
    tellMapping(scene, moment, inode, op, m, role);
  };
}

function ended(format: FtraceFormat, scene: Scene): Handle | undefined {
  const file = fileOf(format, scene),
    written = bigintOf(format, 'written');
  if (!file || !written) return undefined;
  return (view, at, _, moment) => {
    const inode = file(view, at, moment.pid);
    // A size_t that may be a negative errno.
    if (inode) scene.upcalls.end(moment, scene.tasks.of(moment.pid), inode, BigInt.asIntN(64, written(view, at)));
  };
}
