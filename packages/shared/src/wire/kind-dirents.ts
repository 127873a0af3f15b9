import { type Flaw, isFlaw } from '../units/index.ts';
import { entryOut } from './classic-inode.ts';
import { dirent, direntplus } from './classic-names.ts';
import type { Cursor } from './cursor.ts';
import { Errno } from './errno.ts';
import { concat, type Kind } from './kind.ts';
import { isObject, nameOfPlain, notPlain, type Plain, plainName, plainRow, rowOfPlain } from './plain.ts';
import type { RowOf } from './struct.ts';
import { addBroken, type Rule, rulesOf, type Violation } from './violation.ts';

/** A name in a directory; in READDIRPLUS with what a LOOKUP of it would answer. */
export interface Dirent {
  readonly ino: bigint;
  /** Cookie from which the next READDIR goes on. */
  readonly off: bigint;
  readonly type: number;
  readonly name: Uint8Array;
  readonly entry?: RowOf<typeof entryOut>;
}

/** Fact: FUSE_NAME_MAX of fs/fuse/fuse_i.h. */
const NAME_MAX = 1024;
const SLASH = 0x2f,
  DOT = 0x2e;

/**
 * One record, padded to 8 bytes from its start; one whose padding is missing is not whole, and the kernel looks past it.
 * Fact: FUSE_DIRENT_ALIGN, include/uapi/linux/fuse.h; spec/protocol.md 1.7.
 */
function readRecord(from: Cursor, isPlus: boolean): Dirent | undefined {
  const start = from.at,
    entry = isPlus ? from.struct(entryOut) : undefined,
    head = from.struct(dirent),
    name = head && from.take('name', 'name', head.namelen);
  return from.pad(start) && head && name ? { ino: head.ino, off: head.off, type: head.type, name, ...(entry && { entry }) } : undefined;
}

function writeRecord({ ino, off, type, name, entry }: Dirent): Uint8Array {
  const head = dirent.encode({ ino, off, type, namelen: name.length }),
    parts = entry ? [entryOut.encode(entry), head, name] : [head, name],
    size = parts.reduce((sum, part) => sum + part.length, 0);
  return concat([...parts, new Uint8Array(-size & 7)]);
}

function plainOf({ ino, off, type, name, entry }: Dirent): Plain {
  return { ...(entry && { nodeid: String(entry.nodeid) }), ino: String(ino), off: String(off), type, name: plainName(name) };
}

function direntOf(plain: Plain | undefined, isPlus: boolean): Dirent | Flaw {
  const given = isObject(plain) ? plain : {},
    head = rowOfPlain(dirent.slots, { ino: given['ino'] ?? '0', off: given['off'] ?? '0', type: given['type'] ?? 0 }),
    entry = rowOfPlain(entryOut.slots, { nodeid: given['nodeid'] ?? '0' }),
    name = nameOfPlain(given['name']);
  if (isFlaw(head)) return head;
  if (isFlaw(entry)) return entry;
  if (!name) return notPlain('name', given['name'], 'text, or {"hex"}');
  const { ino, off, type } = head as RowOf<typeof dirent>;
  return { ino, off, type, name, ...(isPlus && { entry: entryOut.read(entryOut.encode(entry)) as RowOf<typeof entryOut> }) };
}

const isDots = (name: Uint8Array): boolean => name.length <= 2 && name.every((byte) => byte === DOT);

export const direntRules: readonly Rule<Dirent>[] = [
  ...rulesOf<Dirent>('fs/fuse/readdir.c', Errno.EIO, [
    [
      'E_NAME',
      'a name has 1 to 1024 bytes, and neither a slash nor a NUL',
      ({ name }) =>
        name.length === 0 || name.length > NAME_MAX
          ? `${name.length} bytes`
          : name.includes(SLASH)
            ? 'a slash'
            : name.includes(0)
              ? 'a NUL'
              : undefined,
    ],
  ]),
  ...rulesOf<Dirent>('protocol.md 1.7', 0, [
    [
      'W_DOT_NODEID',
      'the nodeid of "." and ".." is 0: it would count as a lookup that is never forgotten',
      ({ name, entry }) => (entry && entry.nodeid !== 0n && isDots(name) ? `${entry.nodeid}` : undefined),
    ],
  ]),
];

/** The rules that records of a directory break. */
export function checkDirents(list: readonly Dirent[]): Violation[] {
  const out: Violation[] = [];
  list.forEach((one, i) => addBroken(out, direntRules, one, `[${i}]`));
  return out;
}

const recordKind = (isPlus: boolean): Kind<Dirent> => {
  const { name, size } = isPlus ? direntplus : dirent;
  return {
    name: name.replace(/^fuse_/, ''),
    says: `\`struct ${name}\`, ${size} bytes; then a name of \`namelen\` bytes and zeroes up to a multiple of 8`,
    read(from) {
      const record = readRecord(from, isPlus);
      return from.done(name) ? record : undefined;
    },
    write: writeRecord,
    toPlain: plainOf,
    more: ({ entry }) => entry && plainRow(entryOut.slots, entry),
    fromPlain: (plain) => direntOf(plain, isPlus),
    check: (record) => checkDirents([record]),
  };
};

const streamKind = (isPlus: boolean): Kind<readonly Dirent[]> => ({
  name: isPlus ? 'direntplus_stream' : 'dirent_stream',
  says: `${isPlus ? 'READDIRPLUS' : 'READDIR'} answers this: records of \`${isPlus ? 'direntplus' : 'dirent'}\`, one behind the other`,
  read(from) {
    const out: Dirent[] = [];
    while (from.left > 0) {
      const record = readRecord(from, isPlus);
      if (!record) return undefined;
      out.push(record);
    }
    return out;
  },
  write: (list) => concat(list.map(writeRecord)),
  toPlain: (list) => list.map(plainOf),
  ...(isPlus && { more: (list: readonly Dirent[]) => list.map(({ entry }) => (entry ? plainRow(entryOut.slots, entry) : null)) }),
  fromPlain(plain) {
    if (!Array.isArray(plain)) return notPlain('value', plain, 'a list');
    const out: Dirent[] = [];
    for (const one of plain as readonly Plain[]) {
      const record = direntOf(one, isPlus);
      if (isFlaw(record)) return record;
      out.push(record);
    }
    return out;
  },
  check: checkDirents,
});

export const direntKind = recordKind(false);
export const direntplusKind = recordKind(true);
export const direntStreamKind = streamKind(false);
export const direntplusStreamKind = streamKind(true);
