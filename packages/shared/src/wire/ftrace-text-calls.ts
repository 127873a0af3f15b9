import type { FtraceField } from './ftrace-format.ts';

/** A system call of a text: its fields, and what they were. */
export interface TextCall {
  readonly fields: ReadonlyMap<string, FtraceField>;
  readonly told: ReadonlyMap<string, bigint>;
}

/** `int fd: 0x3, buf: 0x7ffc (68:65) "he", count: 2`: types are there with the option `verbose`, what pointers point to on newer kernels. */
const ARGUMENT = /(?:[\w*]+[ *]+){0,6}?(\w{1,64}): (0x[\da-f]{1,16}|\d{1,20})(?: \([\da-f:]*\)| "[^"]*"\.{0,3}){0,2}(?:, |$)/iy;
const RESULT = /^(0x[\da-f]{1,16}|-?\d{1,19})$/i;
const MOST_ARGUMENTS = 6;

/**
 * What `sys_enter_NAME` and `sys_exit_NAME` tell: the kernel stores each argument, and the result, as a whole register. These two are printed alike for all
 * calls, so no format is needed; the number of the call is not printed. undefined: not so.
 */
export function textCall(event: string, text: string): TextCall | undefined {
  const isExit = event.startsWith('sys_exit_');
  if (!isExit && !event.startsWith('sys_enter_')) return undefined;
  const told = isExit ? resultOf(text) : argumentsOf(text);
  return told && { told, fields: new Map([...told.keys()].map((name) => [name, isExit ? result : { ...argument, name }])) };
}

function resultOf(text: string): Map<string, bigint> | undefined {
  const found = RESULT.exec(text.trimEnd());
  return found ? new Map([['ret', BigInt.asUintN(64, BigInt(found[1]!))]]) : undefined;
}

function argumentsOf(text: string): Map<string, bigint> | undefined {
  const told = new Map<string, bigint>(),
    whole = text.trimEnd();
  let at = 0;
  while (at < whole.length && told.size < MOST_ARGUMENTS) {
    ARGUMENT.lastIndex = at;
    const found = ARGUMENT.exec(whole);
    if (!found) return undefined;
    told.set(found[1]!, BigInt.asUintN(64, BigInt(found[2]!)));
    at = ARGUMENT.lastIndex;
  }
  return at === whole.length ? told : undefined;
}

const argument: FtraceField = { name: '', type: 'unsigned long', offset: 0, size: 8, isSigned: false, form: 'scalar' };
const result: FtraceField = { ...argument, name: 'ret', type: 'long', isSigned: true };
