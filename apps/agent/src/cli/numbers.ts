import { U64_MAX } from '@mapscope/shared/units';
import { LEAST_SPOOL_BYTES, parseBytes, parsePort, type Refused, refused } from '../host/index.ts';

const refuse = (option: string, found: string, allowed: string): Refused =>
  refused('E_USAGE', `${option} is "${found}", allowed: ${allowed}`, '`mapscope help` says what there is');

export function portOption(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const port = parsePort(text);
  if (port === undefined) throw refuse('--port', text, '0 to 65535');
  return port;
}

export function countOption(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,6}$/.test(text) || Number(text) === 0) throw refuse(option, text, 'a number from 1');
  return Number(text);
}

export function factorOption(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const factor = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (factor === 0) throw refuse(option, text, 'a number above 0, as 10 or 0.5');
  return factor;
}

export function bytesOption(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseBytes(text);
  if (bytes === undefined || bytes === 0) throw refuse(option, text, 'a number of bytes, also as 64K, 512M or 1G');
  return bytes;
}

/** Of the trace buffer of each of `cpus` CPUs, of a machine with so many bytes of memory: a kernel that is asked for more looks for it a long time. */
export function bufferOption(text: string | undefined, cpus: number, memory: number): number | undefined {
  const bytes = bytesOption('--buffer', text),
    most = Math.floor(memory / 2 / cpus);
  if (text !== undefined && bytes !== undefined && bytes > most)
    throw refuse('--buffer', text, `up to ${Math.floor(most / 2 ** 20)}M for each of ${cpus} CPUs, half of the memory here`);
  return bytes;
}

/** Cap of a recording; `off`: none. */
export function spoolOption(text: string | undefined, otherwise: number): number {
  if (text === 'off') return 0;
  const bytes = bytesOption('--spool', text) ?? otherwise;
  if (text !== undefined && bytes < LEAST_SPOOL_BYTES) throw refuse('--spool', text, 'off, or 1M and more');
  return bytes;
}

/** Nanoseconds of a clock, or any other u64. */
export function u64Option(option: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,20}$/.test(text) || BigInt(text) > U64_MAX) throw refuse(option, text, 'a decimal number from 0 to 2^64 - 1');
  return BigInt(text);
}

export function u32Option(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffff_ffff) throw refuse(option, text, 'a decimal number from 0 to 2^32 - 1');
  return Number(text);
}
