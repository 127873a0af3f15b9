import type { ColumnName } from './columns.ts';
import { Kind } from './kind.ts';

/** What the rows of a kind say: the page for other programs, the inspector and exports read this one table. */
export interface Meaning {
  /** As in exports and queries. */
  readonly name: string;
  /** One sentence. */
  readonly says: string;
  /** Columns that this kind uses, where it means more by them than `time`, `source`, `kind` and `how`, which every row has. Others are empty. */
  readonly columns: Readonly<Partial<Record<Exclude<ColumnName, 'source' | 'kind'>, string>>>;
}

export const meanings: { readonly [K in Kind]: Meaning } = {
  [Kind.none]: { name: 'none', says: 'Never stored.', columns: {} },
  [Kind.device]: {
    name: 'device',
    says: 'Introduces a device under a stream-local number.',
    columns: {
      device: 'its number',
      length: 'bytes',
      flags: 'dev_t in the kernel’s encoding (major << 20 | minor); 0 unknown',
      addr: 'block size, bytes',
      heap: 'path that can be opened',
    },
  },
  [Kind.inode]: {
    name: 'inode',
    says: 'Introduces an inode under a stream-local number that is never used again, or tells its new size, path or mode.',
    columns: {
      inode: 'its number: sources of mounts that we serve count from 1, the collector from 2^31',
      offset: 'inode number of the filesystem',
      length: 'size, bytes',
      addr: 'generation',
      device: 'number of the filesystem’s device; 0 our mount',
      flags: 'block size, bytes',
      type: 'file mode',
      result: 'root id (btrfs); else 0',
      role: 'Introduction: 1 the very first row about this inode',
      heap: 'path relative to a mount that we serve, absolute elsewhere; bytes as the filesystem has them',
    },
  },
  [Kind.inodeGone]: {
    name: 'inode-gone',
    says: 'The inode is no more; another file with its inode number gets another stream-local number.',
    columns: { inode: 'its number', role: 'Departure' },
  },
  [Kind.opBegin]: {
    name: 'op-begin',
    says: 'An op began: a request, an iomap operation, a fault, a writeback, a direct I/O, a change of the file’s space.',
    columns: {
      op: 'its id',
      type: 'OpType',
      role: 'Asker; mapscope: a REPORT that the engine makes of its own accord, to know what a change came to',
      inode: 'the file',
      flags: 'op flags; of a request the opcode; of a change its Change',
      offset: 'position in the file',
      length:
        'count, bytes; of a fault its page, which tells the order; of a writeback 0: the runs of its ioend are the `folio` rows of state writeback, and the `io` rows, that have it as parent',
      pid: 'who asked',
      cpu: 'where',
      parent: 'the op that made it happen',
      addr: 'of a request: unique; of a direct I/O its IOCB_ bits, and from bit 32 on its IOMAP_DIO_ bits',
      result: 'in a keyframe: OpState bits, and from bit 8 on, of a writeback, the runs of its ioend',
    },
  },
  [Kind.opReply]: {
    name: 'op-reply',
    says: 'The op was answered; an iomap op’s `mapping` rows follow.',
    columns: { op: 'its id', type: 'OpType', inode: 'the file', errno: 'of the answer' },
  },
  [Kind.opEnd]: {
    name: 'op-end',
    says: 'The op is over. An end without a begin is of an op that began before the stream did.',
    columns: {
      op: 'its id',
      type: 'OpType',
      inode: 'the file',
      result: 'bytes done, or a negative errno',
      errno: 'when it failed',
      flags: 'EndFlag; of a DAX fault VM_FAULT bits',
      offset:
        'of a request to a server that is only watched: when it took it from its queue, on the clock of `time`, as its system calls show (derived); 0: not known',
      length:
        'of such a request: when the server entered the call that answered it (observed); 0: not known. In a keyframe op-reply says so',
      time: 'in a keyframe 2^64 - 1: its end was never seen',
    },
  },
  [Kind.mapping]: {
    name: 'mapping',
    says: 'What an op was answered. Never changes a map by itself.',
    columns: {
      op: 'the op',
      inode: 'the file',
      role: 'MappingRole; of a writeback write: what its runs were written by',
      offset: 'of the file',
      length: 'bytes',
      addr: 'of the device',
      type: 'MapType',
      flags: 'wire flags',
      device: 'its number',
    },
  },
  [Kind.extent]: {
    name: 'extent',
    says: 'From now on this range of a map is so.',
    columns: {
      inode: 'the file',
      role: 'MapLayer',
      offset: 'of the file',
      length: 'bytes',
      addr: 'of the device',
      type: 'MapType; 0x100 unknown; HOLE on the pending map: nothing is pending',
      flags: 'wire flags; above bit 15 what FIEMAP says beyond them (`extentFlags`)',
      device: 'its number',
      op: 'that made it so',
      result: 'Where',
    },
  },
  [Kind.remap]: {
    name: 'remap',
    says: 'A range of a map is from now on what another range of it, or of another file’s, was until now. What was unknown there is unknown here.',
    columns: {
      inode: 'the file',
      role: 'MapLayer',
      offset: 'of the file',
      length: 'bytes; 2^64 - 1: all that follows',
      parent: 'inode number (stream-local) of the other file; 0: this one',
      addr: 'where the other range begins',
      flags: 'wire flags that both have now',
      op: 'that made it so',
    },
  },
  [Kind.layout]: {
    name: 'layout',
    says: 'An interleaved extent; its strips follow, a row each.',
    columns: {
      inode: 'the file',
      offset: 'first file byte',
      length: 'file bytes it covers (ie_nbytes)',
      flags: 'chunk size, bytes',
      result: 'number of strips',
      type: 'index of the extent; 65535: the file has no layout any more',
    },
  },
  [Kind.strip]: {
    name: 'strip',
    says: 'One column of an interleaved extent.',
    columns: {
      inode: 'the file',
      type: 'index of the extent',
      flags: 'index of the strip',
      device: 'its number',
      addr: 'se_offset',
      length: 'se_len',
    },
  },
  [Kind.folio]: {
    name: 'folio',
    says: 'What became so of a range of the page cache.',
    columns: {
      inode: 'the file',
      type: 'FolioState',
      offset: 'of the file',
      length: 'bytes',
      flags: 'order in the low eight bits, valid for `added` and with bit 0x100',
      errno: 'why it failed',
      op: 'the op it belongs to',
      parent:
        'the writeback, fault or request; `clean` with one is the end of that writeback and leaves alone what was dirtied since, without one it is an observation',
    },
  },
  [Kind.io]: {
    name: 'io',
    says: 'Bytes went to or from a device.',
    columns: {
      op: 'an id of its own',
      parent: 'the iomap, writeback or direct op',
      inode: 'the file',
      role: 'IoStage',
      device: 'its number',
      addr: 'of the device',
      length: 'bytes',
      offset: 'of the file',
      flags: '1 write',
      result: 'done: bytes; in a keyframe’s submit: OpState bits',
      errno: 'done: when it failed',
    },
  },
  [Kind.message]: {
    name: 'message',
    says: 'A message of the protocol as it was.',
    columns: {
      op: 'the request’s op',
      inode: 'the file',
      role: '1 request, 2 reply, 3 what is behind the header of a reply, which is not there',
      flags: 'opcode, as who sent the message took it',
      length: 'of the whole message, bytes',
      heap: 'its first bytes, at most 4096; of file data in a READ or WRITE the first 64',
    },
  },
  [Kind.violation]: {
    name: 'violation',
    says: 'A reply or a sequence broke a rule.',
    columns: { op: 'the op', inode: 'the file', offset: 'of the file', heap: 'code, a blank, one sentence' },
  },
  [Kind.mark]: {
    name: 'mark',
    says: 'A label set by a workload or a person.',
    columns: { inode: 'the file, or 0', pid: 'who', heap: 'text' },
  },
  [Kind.lost]: {
    name: 'lost',
    says: 'A source lost rows. What its rows could have touched is unknown from here on.',
    columns: {
      result: 'how many; -1: at least one',
      cpu: 'where',
      offset: 'from this time',
      length: 'to this time',
      inode: 'of this inode alone; 0: of any',
    },
  },
  [Kind.late]: {
    name: 'late',
    says: 'Rows came after the watermark had passed them; they bear its time.',
    columns: { result: 'how many' },
  },
  [Kind.gap]: {
    name: 'gap',
    says: 'The hub left out rows for this client; fresh sections follow. Nothing becomes unknown.',
    columns: { result: 'how many' },
  },
  [Kind.keyframe]: {
    name: 'keyframe',
    says: 'What stands between begin and end rebuilds everything (inode 0), or the maps, folios and layouts of one inode.',
    columns: {
      role: 'KeyframeEdge',
      inode: '0, or whose section',
      type: 'of 0: KeyframePart',
      offset: 'begin of 0: rows lost so far',
      length: 'begin of 0: rows late so far',
      addr: 'begin of 0: rows skipped so far',
      result: 'begin of 0: ended ops before those that follow',
    },
  },
  [Kind.source]: {
    name: 'source',
    says: 'What a source can tell and where it ends.',
    columns: {
      heap: 'JSON {name, state: ok | unavailable | ended, why, help, folios: tracepoints | cachestat | none, buffer?: {bytes, fill, most}}',
    },
  },
};
