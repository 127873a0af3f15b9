import { InitFlag } from './bits-init.ts';
import type { initIn, initOut } from './classic-inode.ts';
import { type MessageRow, messageTable } from './messages.ts';
import { NotifyCode, notifyCodes, Opcode, opcodeName } from './opcodes.ts';
import type { RowOf } from './struct.ts';

/** What INIT agreed on. */
export interface Negotiated {
  /** The smaller of the two. */
  readonly minor: number;
  /** INIT bits that the kernel offered and the server took. */
  readonly flags: bigint;
}

type Flags = Partial<Pick<RowOf<typeof initIn>, 'flags' | 'flags2'>>;
/** INIT bits of the two words of a request or a reply: the second counts only with INIT_EXT. */
export const initBits = ({ flags = 0, flags2 = 0 }: Flags): bigint =>
  BigInt(flags) & InitFlag.INIT_EXT ? BigInt(flags) | (BigInt(flags2) << 32n) : BigInt(flags);

/** The two words of INIT bits. */
export const initWords = (bits: bigint): Required<Flags> => ({ flags: Number(bits & 0xffff_ffffn), flags2: Number(bits >> 32n) });

/** From the request and the reply; older forms have fewer fields. Fact: spec/protocol.md 1.2 and 1.6. */
export const negotiate = (
  asked: Flags & Pick<RowOf<typeof initIn>, 'minor'>,
  answered: Flags & Pick<RowOf<typeof initOut>, 'minor'>,
): Negotiated => ({ minor: Math.min(asked.minor, answered.minor), flags: initBits(asked) & initBits(answered) });

const has = (init: Negotiated, bit: bigint): boolean => (init.flags & bit) !== 0n;
/** Trees at 7.42 had the two famfs opcodes one lower, and INIT bit 42 for them, which 7.43 gave another meaning. Fact: spec/protocol.md 8.17. */
const isEarlyFamfs = (init: Negotiated): boolean => init.minor === 42 && has(init, InitFlag.REQUEST_TIMEOUT);
const COPY_FILE_RANGE_64_MINOR = 45;
const PRUNE_MINOR = 45;

function undecided(opcode: number, init: Negotiated): number | undefined {
  const isFamfs = has(init, InitFlag.DAX_FMAP);
  if (opcode === Opcode.COPY_FILE_RANGE_64)
    return isEarlyFamfs(init) ? Opcode.GET_FMAP : init.minor >= COPY_FILE_RANGE_64_MINOR ? Opcode.COPY_FILE_RANGE_64 : undefined;
  if (opcode === Opcode.GET_FMAP) return isEarlyFamfs(init) ? Opcode.GET_DAXDEV : isFamfs ? Opcode.GET_FMAP : undefined;
  return isFamfs ? Opcode.GET_DAXDEV : undefined;
}

const isUndecided = (opcode: number): boolean => opcode >= Opcode.COPY_FILE_RANGE_64 && opcode <= Opcode.GET_DAXDEV;

/** Who sent a message knew its INIT, and says the opcode that was meant. */
export type Meant = Negotiated | 'as named' | undefined;

/**
 * What an opcode stands for. 53 to 55 are decided by what INIT agreed on, and unknown where no INIT was seen. The others have one meaning
 * in all the protocol’s history, 4092 to 4096 too: nobody else ever used those numbers.
 */
export function messageRow(opcode: number, init: Meant): MessageRow | undefined {
  if (init === 'as named' || !isUndecided(opcode)) return messageTable.get(opcode);
  const meant = init && undecided(opcode, init);
  return meant === undefined ? undefined : messageTable.get(meant);
}

/** The name of what it stands for, or `op 54?`. */
export const meantName = (opcode: number, init: Meant): string =>
  messageRow(opcode, init)?.name ?? (isUndecided(opcode) ? `op ${opcode}?` : opcodeName(opcode));

/** Why an opcode has no meaning; `undefined` when it has one. */
export function whyUnknown(opcode: number, init: Meant): string | undefined {
  if (messageRow(opcode, init)) return undefined;
  if (init === 'as named' || !isUndecided(opcode)) return 'no version of the protocol has it';
  return init ? `at 7.${init.minor} with these INIT bits it means nothing` : 'INIT decides what it means, and none was seen';
}

/** 9 was another thing in trees before 7.45. Fact: spec/protocol.md 6.1. */
export const notificationName = (code: number, init: Negotiated | undefined): string =>
  code === NotifyCode.PRUNE && init && init.minor < PRUNE_MINOR ? `notification ${code}?` : notifyCodes.print(code);
