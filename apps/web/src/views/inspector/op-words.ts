import { isWatched, type Mapping, type Op, OpState } from '@mapscope/shared/model';
import { Asker, Change, MappingRole, OpType, SourceId } from '@mapscope/shared/trace';
import { U64_MAX } from '@mapscope/shared/units';
import { errnoName, Opcode, OpFlag, opcodeName, opFlags, VmFault } from '@mapscope/shared/wire';
import { isStoreToMemory, opFlagsOf } from '../../feed/op-class.ts';
import { type Notation, sayBytes, sayOffset } from '../../axis/index.ts';
import { bitWords } from './type-words.ts';

/** The word that an op goes by: what it does, not how. `WRITE FAULT`, `WRITEBACK`, `READ`; a request by its opcode. */
export function opTitleOf(type: number, flags: number): string {
  if (type === OpType.request) return `${opcodeName(flags)} request`;
  if (type === OpType.fault) return 'FAULT';
  if (type === OpType.direct) return 'DIRECT I/O';
  if (type === OpType.change) return changeName(flags);
  if (type === OpType.writeback || (flags & OpFlag.WRITEBACK) !== 0) return 'WRITEBACK';
  const does =
    (flags & OpFlag.REPORT) !== 0
      ? 'REPORT'
      : (flags & OpFlag.UNSHARE) !== 0
        ? 'UNSHARE'
        : (flags & OpFlag.ZERO) !== 0
          ? 'ZERO'
          : (flags & OpFlag.WRITE) !== 0
            ? 'WRITE'
            : 'READ';
  return (flags & OpFlag.FAULT) !== 0 ? `${does} FAULT` : does;
}

const changeNames = new Map<number, string>(Object.entries(Change).map(([name, value]) => [value, name.toUpperCase()]));
const changeName = (change: number): string => changeNames.get(change) ?? `change ${change}?`;

export const opTitle = ({ type, flags }: Pick<Op, 'type' | 'flags'>): string => opTitleOf(type, flags);

/** Whose process asked: a pid; of a request without one, whether that is writeback, which has no writer (spec/live-facts.md 4), or the kernel's own errand. */
export function sayProcess({ type, flags, pid }: Pick<Op, 'type' | 'flags' | 'pid'>): string | undefined {
  if (pid > 0) return `pid ${pid}`;
  if (type !== OpType.request) return undefined;
  return flags === Opcode.WRITE ? 'kernel writeback' : 'the kernel names none';
}

/** `64 KiB at 4 MiB`, the place in the notation that is chosen; lengths stay sizes. */
export const sayRange = (from: bigint, length: bigint, notation: Notation, blockSize: number): string =>
  `${sayBytes(length)} at ${notation === 'dec' ? sayBytes(from) : sayOffset(from, notation, blockSize)}`;

/** What an op is about; bytes only where no file is told, whose place they would have; '' where neither is. */
export function sayAbout(op: Pick<Op, 'inode' | 'from' | 'length' | 'result'>, notation: Notation, blockSize: number): string {
  const length = lengthOf(op);
  if (length <= 0n || length === U64_MAX) return '';
  return op.inode === 0 ? sayBytes(length) : sayRange(op.from, length, notation, blockSize);
}

/** Bytes an op is about: what was asked for, or (where only the end was seen) what was done. */
export const lengthOf = ({ length, result }: Pick<Op, 'length' | 'result'>): bigint => (length > 0n || result < 0n ? length : result);

/** Who asked, as the subject of a sentence. */
export const sayAsker = (asker: number): string =>
  asker === Asker.engine ? 'Our engine, playing the kernel,' : asker === Asker.mapscope ? 'Mapscope itself' : 'The kernel';

/** `what`: the bytes in question, as a pronoun. */
const purposes: Readonly<Record<string, (what: string) => string>> = {
  READ: (what) => `to read ${what}`,
  WRITE: (what) => `to write ${what}`,
  ZERO: (what) => `to zero ${what}`,
  REPORT: () => 'only to know',
  FAULT: () => 'since a program touched a page that was not mapped',
  UNSHARE: () => 'to give the file its own copy',
  WRITEBACK: () => 'to write dirty folios there',
  'READ FAULT': () => 'since a program touched its mapping',
  'WRITE FAULT': () => 'since a program wrote to its mapping',
};

/** One sentence, before any table: who wanted what, what came back, how it ended. */
export function opSentence(op: Op, path: string): string {
  return `${askedFor(op, path)} ${answered(op)}${outcome(op)}`.trim();
}

function askedFor(op: Op, path: string): string {
  const { asker, from } = op,
    length = lengthOf(op),
    file = path === '' ? 'the mount' : path,
    title = opTitle(op);
  if (op.type === OpType.request) {
    const about = sayAbout(op, 'dec', 1),
      ofWhat = op.inode === 0 && isWatched(op) ? '; of which file is not told' : ` of ${file}`;
    return `The kernel asked for ${opcodeName(op.flags)}${about && ` of ${about}`}${ofWhat}.`;
  }
  if (op.type === OpType.fault && length > 0n)
    return `A program touched ${sayBytes(length)} of ${file} at ${sayBytes(from)} that were not mapped.`;
  if (op.type === OpType.change) return `The filesystem ${changed(op.flags, file, sayBytes(length), sayBytes(from))}.`;
  if (op.type === OpType.writeback) return `The kernel wrote ${sayBytes(length)} of ${file} at ${sayBytes(from)} back.`;
  if (op.source === SourceId.tracefs && op.mappings.length === 0)
    return `The kernel ${title === 'READ' ? 'read' : title === 'WRITE' ? 'wrote' : 'went over'} ${sayBytes(length)} of ${file} at ${sayBytes(from)} in the page cache.`;
  if (op.type === OpType.direct) return `A program moved ${sayBytes(length)} of ${file} at ${sayBytes(from)} past the page cache.`;
  // How much it asked for, only some events tell.
  const isTold = length > 0n,
    what = isTold ? `${sayBytes(length)} of ${file} at ${sayBytes(from)} are` : `${file} is from ${sayBytes(from)} on`;
  return `${sayAsker(asker)} asked where ${what}, ${purposes[title]?.(isTold ? 'them' : 'it') ?? 'for a reason unknown'}.`;
}

/** What a change did, behind "The filesystem". */
function changed(change: number, file: string, length: string, from: string): string {
  switch (change) {
    case Change.truncate:
      return `let go what ${file} had from ${from} on`;
    case Change.allocate:
      return `gave ${file} ${length} of space at ${from}`;
    case Change.punch:
      return `took ${length} at ${from} out of ${file}`;
    case Change.zero:
      return `zeroed ${length} of ${file} at ${from}`;
    case Change.collapse:
      return `cut ${length} at ${from} out of ${file}, and moved what follows to there`;
    case Change.insert:
      return `moved what ${file} has from ${from} on by ${length}, to make room`;
    case Change.unshare:
      return `gave ${file} its own copy of ${length} at ${from}`;
    case Change.share:
      return `let ${file} share ${length} at ${from} with a range of a file`;
    case Change.exchange:
      return `exchanged ${length} of ${file} at ${from} with another file`;
    default:
      return `changed ${length} of the space of ${file} at ${from}`;
  }
}

function answered(op: Op): string {
  const mapping = actedUpon(op.mappings);
  if (!mapping) return '';
  const length = sayBytes(mapping.to - mapping.from),
    isNew = (mapping.flags & 1) !== 0;
  switch (mapping.type) {
    case 0:
      return `Nothing is there: a hole of ${length}. `;
    case 1:
      return 'They have no place yet. ';
    case 4:
      return 'They are kept with the inode. ';
    case 2:
    case 3:
      return `They ${isNew ? 'got fresh space' : 'are'} at ${sayBytes(mapping.addr)} of device ${mapping.device}${mapping.type === 3 ? ', still unwritten' : ''}. `;
    default:
      return '';
  }
}

/** Of the mappings the one that says where the bytes go: the write side, unless it says "as the read side". */
export function actedUpon(mappings: readonly Mapping[]): Mapping | undefined {
  const write = mappings.find(({ role }) => role === MappingRole.write);
  if (write && write.type !== 255) return write;
  return mappings.find(({ role }) => role === MappingRole.read) ?? mappings[0];
}

function outcome(op: Op): string {
  if (op.errno !== 0) return `It failed: ${errnoName(op.errno)}.`;
  if (op.replyErrno !== 0) return `It was refused: ${errnoName(op.replyErrno)}.`;
  if ((op.state & OpState.neverEnded) !== 0) return 'When it ended was not seen.';
  if (op.end === U64_MAX) return 'It is still open.';
  if (op.type === OpType.fault) {
    if ((op.endFlags & VmFault.FALLBACK) !== 0) return 'A page of that size could not be: a smaller one was tried.';
    return isStoreToMemory(op.type, op.flags) ? 'What is stored there from now on is not observable.' : '';
  }
  if (op.type === OpType.request || op.type === OpType.change || op.length === 0n) return '';
  return op.result >= op.length
    ? 'All of it was done.'
    : op.result >= 0n
      ? `${sayBytes(op.result)} of it were done.`
      : `It failed: ${errnoName(Number(op.result))}.`;
}

/** Named flags of an op, with one sentence each; a bit nobody has named as hex. */
export const opFlagWords = (op: Pick<Op, 'type' | 'flags'>): readonly (readonly [name: string, meaning: string])[] =>
  bitWords(opFlags, opFlagsOf(op.type, op.flags));

const roles: Readonly<Record<number, string>> = {
  [MappingRole.read]: 'read mapping',
  [MappingRole.write]: 'write mapping',
  [MappingRole.source]: 'copied from',
  [MappingRole.destination]: 'copied to',
  [MappingRole.usedByEnd]: 'acted upon',
  [MappingRole.report]: 'reported',
};
export const sayRole = (role: number): string => roles[role] ?? `mapping of role ${role}?`;
