import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Asker } from '@mapscope/shared/trace';
import * as native from '@mapscope/native';
import { Buffers } from '../buffers.ts';
import type { Ask } from '../engine/ask.ts';
import { Engine } from '../engine/engine.ts';
import type { Attributes, Entry, Filesystem } from '../filesystem.ts';
import { Inode } from '../inode.ts';
import { Report } from '../report/report.ts';
import { type Routine, run } from '../routine.ts';
import { MemoryFilesystem, type MemoryOptions } from './memory-filesystem.ts';
import { type RowObject, rowsOf } from './rows.ts';

export const BLOCK = 512;

/** A device that is a file: removed by `close`. Fresh space is full of 0xee, so that a byte nobody wrote shows. */
export function openDevice(bytes: number): { fd: number; path: string; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'mapscope-engine-')),
    path = join(folder, 'image'),
    fd = openSync(path, 'w+');
  ftruncateSync(fd, bytes);
  native.pwrite(fd, new Uint8Array(bytes).fill(0xee), 0, bytes, 0n);
  return {
    fd,
    path,
    close() {
      closeSync(fd);
      rmSync(folder, { recursive: true });
    },
  };
}

/** An engine over a memory filesystem with one file; `rows` are what it told. */
export interface Rig {
  readonly engine: Engine;
  readonly fs: MemoryFilesystem;
  readonly inode: Inode;
  readonly ask: Ask;
  /** Calls of the filesystem that threw. */
  readonly failures: string[];
  rows(): RowObject[];
  do<T>(routine: Routine<T>): Promise<T>;
}

const engineAsk: Ask = { caller: { pid: 77, uid: 0, gid: 0 }, parent: 0, role: Asker.engine, isHidden: false };

export function rig(
  device: { fd: number; path: string },
  bytes: number,
  options: Partial<MemoryOptions> = {},
  wrap: (fs: MemoryFilesystem) => Filesystem = (fs) => fs,
): Rig {
  const fs = new MemoryFilesystem({
    ...options,
    blockSize: options.blockSize ?? BLOCK,
    devices: [{ cookie: 1, path: device.path, size: BigInt(bytes), fd: device.fd, blockSize: BLOCK }],
  });
  fs.onOutline = (d, addr, block) => void native.pwrite(d.fd, block, 0, block.length, addr);
  const entry = fs.create(1n, Buffer.from('file'), 0o644, engineAsk.caller) as Entry;
  const frames: Uint8Array[] = [],
    failures: string[] = [];
  const report = new Report({ sink: (frame) => void frames.push(frame) });
  const engine = new Engine({
    filesystem: wrap(fs),
    io: native,
    report,
    buffers: new Buffers(64 * 1024),
    onResize: (inode, size) => (inode.size = size),
    onFailure: (what, error) => void failures.push(`${what}: ${String(error)}`),
  });
  return {
    engine,
    fs,
    inode: new Inode(entry.node, 1n, 1, fs.getattr(entry.node) as Attributes),
    ask: engineAsk,
    failures,
    rows() {
      report.flush(true);
      return frames.splice(0).flatMap(rowsOf);
    },
    do: async (routine) => await run(routine),
  };
}
