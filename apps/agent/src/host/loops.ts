import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { runProgram } from './programs.ts';

const WAIT_MS = 5000;

/** The loop devices there are, used or not. */
export const allLoops = (): string[] =>
  readdirSync('/sys/class/block')
    .filter((name) => /^loop\d+$/.test(name))
    .map((name) => `/dev/${name}`);

/** The file behind a loop device. undefined: none is. */
export function backingOf(device: string): string | undefined {
  try {
    return readFileSync(`/sys/class/block/${basename(device)}/loop/backing_file`, 'utf8').trimEnd();
  } catch {
    return undefined;
  }
}

/** Detaches a loop device from its file, and only from that: once free, its number is anybody's. */
export async function freeLoop(device: string, backing: string): Promise<'freed' | 'used' | 'not ours'> {
  if (backingOf(device) !== backing) return 'not ours';
  return (await runProgram('losetup', ['-d', device], WAIT_MS)) === 0 ? 'freed' : 'used';
}
