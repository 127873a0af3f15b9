import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry, Mapping } from '@mapscope/fuse';
import { MapType } from '@mapscope/shared/trace';
import { isProblem } from '@mapscope/shared/units';
import { errnoName } from '@mapscope/shared/wire';
import { roomFor } from '../../host/index.ts';
import type { DemoFilesystem, DemoOptions } from '../index.ts';
import { openDemo } from '../index.ts';
import { TinyEngine } from './tiny-engine.ts';

export const BLOCK = 4096,
  MiB = 1 << 20;
export const root = { pid: 1, uid: 0, gid: 0 };
export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
export const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);

const folders: string[] = [];

/** A new folder, gone after `removeFolders`; in memory where that is large enough, since random tests sync a lot. */
export function folder(): string {
  const made = mkdtempSync(join(roomFor(256 * MiB, tmpdir()), 'mapscope-demo-test-'));
  folders.push(made);
  return made;
}

export function removeFolders(): void {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
}

export function open(options: DemoOptions): DemoFilesystem {
  const fs = openDemo(options);
  if (isProblem(fs)) throw new Error(`${fs.code}: ${fs.message}`);
  return fs;
}

/** Throws the errno's name, so that a test shows what went wrong. */
export function ok<T>(answer: T | number): T {
  if (typeof answer === 'number' && answer < 0) throw new Error(errnoName(answer));
  return answer as T;
}

/** A demo filesystem to hand, by paths. */
export class Rig {
  readonly fs: DemoFilesystem;
  readonly engine: TinyEngine;

  constructor(options: DemoOptions = {}) {
    this.fs = open({ deviceBytes: 4 * MiB, ...options });
    this.engine = new TinyEngine(this.fs);
  }

  node(path: string): bigint {
    let node = 1n;
    for (const name of path.split('/')) node = (ok(this.fs.lookup(node, bytes(name))) as Entry).node;
    return node;
  }

  create(path: string): bigint {
    const cut = path.lastIndexOf('/');
    return (ok(this.fs.create(this.node(path.slice(0, cut)), bytes(path.slice(cut + 1)), 0o644, root)) as Entry).node;
  }

  /** What is there in blocks, without the hole behind it: `MAPPED 0+2 d1:256`. */
  map(node: bigint): string[] {
    const all = [...this.fs.mapOf(node)];
    if (all.at(-1)?.type === MapType.HOLE) all.pop();
    return all.map(say);
  }
}

const names = new Map<number, string>(Object.entries(MapType).map(([name, type]) => [type, name]));

export function say({ offset, length, addr, type, dev }: Mapping): string {
  const size = BigInt(BLOCK),
    place = dev === 0 ? '' : ` d${dev}:${addr / size}`;
  return `${names.get(type)} ${offset / size}+${length / size}${place}`;
}
