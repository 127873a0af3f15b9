import { closeSync, openSync, readSync } from 'node:fs';
import type { Agent } from './agent.ts';

/** What `mapscope show FILE --json` prints. */
export interface Shown {
  readonly file: string;
  readonly size: string;
  readonly extents: readonly {
    readonly offset: string;
    readonly length: string;
    readonly addr: string | null;
    readonly device: string | null;
    readonly type: string;
    readonly flags: readonly string[];
  }[];
  readonly layouts: readonly unknown[];
}

export const show = (agent: Agent, file: string): Promise<Shown> => agent.json<Shown>('show', file);

/** `length` bytes at `at`; bytes past the end read as zeroes. */
export function bytesAt(path: string, at: bigint, length: number): Buffer {
  const into = Buffer.alloc(length),
    fd = openSync(path, 'r');
  try {
    for (let done = 0; done < length;) {
      const n = readSync(fd, into, done, length - done, at + BigInt(done));
      if (n === 0) break;
      done += n;
    }
  } finally {
    closeSync(fd);
  }
  return into;
}

export interface Compared {
  /** Bytes compared by type. */
  readonly bytes: Record<string, number>;
  readonly devices: Set<string>;
  /** The first byte of each extent that is not where `show` says. */
  readonly wrong: string[];
  /** Ranges of the file that no extent names. */
  readonly uncovered: string[];
}

/** Holds every extent that `show` reports against the device it names: the reason mapscope may be believed. */
export function compare(shown: Shown): Compared {
  const bytes: Record<string, number> = {},
    devices = new Set<string>(),
    wrong: string[] = [],
    uncovered: string[] = [];
  const size = BigInt(shown.size);
  let reached = 0n;
  for (const extent of shown.extents) {
    const offset = BigInt(extent.offset),
      end = offset + BigInt(extent.length),
      to = end < size ? end : size;
    if (offset > reached && reached < size) uncovered.push(`${reached}..${offset}`);
    if (end > reached) reached = end;
    for (let at = offset; at < to; at += 1n << 20n) {
      const length = Number(to - at < 1n << 20n ? to - at : 1n << 20n);
      const file = bytesAt(shown.file, at, length);
      let truth: Buffer;
      if (extent.type === 'MAPPED' && extent.device && extent.addr !== null) {
        truth = bytesAt(extent.device, BigInt(extent.addr) + (at - offset), length);
        devices.add(extent.device);
      } else if (extent.type === 'HOLE' || extent.type === 'UNWRITTEN') truth = Buffer.alloc(length);
      else if (extent.type === 'INLINE') continue;
      else {
        wrong.push(`${extent.type} at ${extent.offset} after fsync`);
        break;
      }
      bytes[extent.type] = (bytes[extent.type] ?? 0) + length;
      if (!file.equals(truth)) {
        const i = file.findIndex((byte, k) => byte !== truth[k]);
        wrong.push(`${extent.type} at ${extent.offset}: byte ${at + BigInt(i)} is ${file[i]}, device has ${truth[i]}`);
        break;
      }
    }
  }
  if (reached < size) uncovered.push(`${reached}..${size}`);
  return { bytes, devices, wrong, uncovered };
}
