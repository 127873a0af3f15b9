import { expect } from 'vitest';
import { isFlaw } from '@mapscope/shared/units';
import { createIn, entryOut, type Field, initIn, initOut, Opcode, readIn, type Row, type Struct, writeIn } from '@mapscope/shared/wire';
import * as native from '@mapscope/native';
import { type MemoryKernel, memoryChannel } from '../channel-memory.ts';
import type { Channel } from '../channel.ts';
import type { Filesystem } from '../filesystem.ts';
import { Session, type SessionOptions } from '../session.ts';
import { BLOCK, openDevice } from './engine-rig.ts';
import { MemoryFilesystem, type MemoryOptions } from './memory-filesystem.ts';
import { type Reply, replyOf, request, text } from './requests.ts';
import { type RowObject, rowsOf } from './rows.ts';

const DEVICE = 4 << 20;

export interface SessionRig {
  readonly session: Session;
  readonly channel: Channel;
  readonly kernel: MemoryKernel;
  readonly fs: MemoryFilesystem;
  readonly logged: string[];
  /** Send a request and take its reply; an asynchronous one is waited for. */
  ask(opcode: number, node: bigint, ...parts: readonly Uint8Array[]): Promise<Reply>;
  /** Send bytes and serve what is there. */
  push(bytes: Uint8Array): void;
  rows(): RowObject[];
  close(): void;
}

/** Every INIT bit a kernel of today may offer. */
const ALL_FLAGS = { flags: 0x73ff_fffb, flags2: 0x5fd };

export const initRequest = (minor = 45, flags = ALL_FLAGS): Uint8Array =>
  request(Opcode.INIT, 0n, initIn.encode({ major: 7, minor, max_readahead: 131072, ...flags })).bytes;

/** A session on a memory channel that has been through INIT, over a memory filesystem. */
export async function sessionRig(
  options: Partial<SessionOptions> & { memory?: Partial<MemoryOptions>; wrap?: (fs: MemoryFilesystem) => Filesystem } = {},
): Promise<SessionRig> {
  const device = openDevice(DEVICE),
    { channel, kernel } = memoryChannel();
  const fs = new MemoryFilesystem({
    blockSize: BLOCK,
    ...options.memory,
    devices: [{ cookie: 1, path: device.path, size: BigInt(DEVICE), fd: device.fd, blockSize: BLOCK }],
  });
  fs.onOutline = (d, addr, block) => void native.pwrite(d.fd, block, 0, block.length, addr);
  const frames: Uint8Array[] = [],
    logged: string[] = [];
  const session = new Session({
    cache: 'through',
    sink: (frame) => void frames.push(frame),
    ...options,
    filesystem: options.wrap?.(fs) ?? fs,
    channel,
    log: (level, message) => void logged.push(`${level} ${message}`),
  });
  await session.start();
  const push = (bytes: Uint8Array): void => {
    kernel.push(bytes);
    while (session.receive() > 0);
  };
  const rig: SessionRig = {
    session,
    channel,
    kernel,
    fs,
    logged,
    push,
    async ask(opcode, node, ...parts) {
      const { bytes, unique } = request(opcode, node, ...parts);
      push(bytes);
      let reply = replyOf(await kernel.next());
      while (isNotification(reply)) reply = replyOf(await kernel.next());
      expect(reply.unique).toBe(unique);
      return reply;
    },
    rows() {
      session.report.flush(true);
      return frames.splice(0).flatMap(rowsOf);
    },
    close() {
      channel.close();
      device.close();
    },
  };
  push(initRequest());
  expect(replyOf(await kernel.next()).body.length).toBe(initOut.size);
  open.push(rig);
  return rig;
}

/** Said without having been asked. Fact: spec/protocol.md 1.1. */
const isNotification = ({ unique }: Reply): boolean => unique === 0n;

export const ROOT = 1n;

/** The reply's body as this struct; an error fails the test. */
export function as<const F extends readonly Field[]>(table: Struct<F>, reply: Reply, at = 0): Row<F> {
  expect(reply.error).toBe(0);
  const row = table.read(reply.body, at);
  if (isFlaw(row)) throw new Error(`a reply of ${reply.body.length} bytes is no ${table.name}`);
  return row;
}

/** CREATE a file; its node. */
export const create = async (r: SessionRig, name = 'a', parent = ROOT): Promise<bigint> =>
  as(entryOut, await r.ask(Opcode.CREATE, parent, createIn.encode({ mode: 0o100644 }), text(name))).nodeid;

export const write = (
  r: SessionRig,
  node: bigint,
  pos: number,
  data: string,
  more: { write_flags?: number; flags?: number } = {},
): Promise<Reply> => r.ask(Opcode.WRITE, node, writeIn.encode({ offset: BigInt(pos), size: data.length, ...more }), Buffer.from(data));

export const read = async (r: SessionRig, node: bigint, pos: number, size: number): Promise<string> =>
  Buffer.from((await r.ask(Opcode.READ, node, readIn.encode({ offset: BigInt(pos), size }))).body).toString();

const open: SessionRig[] = [];

/** Close what tests of this file opened. */
export function closeRigs(): void {
  for (const r of open.splice(0)) r.close();
}
