import { afterEach, describe, expect, test } from 'vitest';
import { Errno, InitFlag, initIn, initOut, Opcode } from '@mapscope/shared/wire';
import { type Reply, replyOf } from './testing/requests.ts';
import { closeRigs, initRequest, sessionRig } from './testing/session-rig.ts';

afterEach(closeRigs);

describe('INIT', () => {
  const agree = async (minor: number, flags?: { flags: number; flags2: number }, cache: 'writeback' | 'through' = 'writeback') => {
    const r = await sessionRig({ cache });
    r.push(initRequest(minor, flags));
    return replyOf(await r.kernel.next());
  };

  test.each([23, 31, 36, 40, 45, 99])('INIT of minor 7.%i is answered with 64 bytes and our own minor', async (minor) => {
    const reply = await agree(minor),
      out = initOut.read(reply.body);
    expect(reply.body.length).toBe(64);
    expect(out).toMatchObject({ major: 7, minor: 45, max_write: 1 << 20, max_pages: 256, time_gran: 1 });
  });

  test('INIT allows so many pages as make up the largest write, of whatever size they are', async () => {
    const r = await sessionRig({ pageSize: 1 << 16 });
    r.push(initRequest());
    expect(initOut.read(replyOf(await r.kernel.next()).body)).toMatchObject({ max_write: 1 << 20, max_pages: 16 });
  });

  test('INIT answers only bits that were offered', async () => {
    const offered = { flags: Number(InitFlag.BIG_WRITES | InitFlag.MAX_PAGES), flags2: 0 };
    expect(initOut.read((await agree(45, offered)).body)).toMatchObject({ flags: offered.flags, flags2: 0 });
  });

  test('INIT asks for the writeback cache only when it is wanted, and never for passthrough, io_uring or splice', async () => {
    const flagsOf = (reply: Reply): bigint => {
      const out = initOut.read(reply.body) as { flags: number; flags2: number };
      return BigInt(out.flags >>> 0) | (BigInt(out.flags2) << 32n);
    };
    const all = { flags: 0x7fff_ffff, flags2: 0x7ff };
    const back = flagsOf(await agree(45, all, 'writeback')),
      through = flagsOf(await agree(45, all, 'through'));
    expect(back & InitFlag.WRITEBACK_CACHE).not.toBe(0n);
    expect(through & InitFlag.WRITEBACK_CACHE).toBe(0n);
    for (const bit of [
      InitFlag.PASSTHROUGH,
      InitFlag.OVER_IO_URING,
      InitFlag.SPLICE_READ,
      InitFlag.SPLICE_WRITE,
      InitFlag.SPLICE_MOVE,
      InitFlag.AUTO_INVAL_DATA,
    ])
      expect(back & bit).toBe(0n);
  });

  test('INIT of 16 bytes, as before 7.36, is understood; a newer major is told ours; an older minor is refused', async () => {
    const r = await sessionRig();
    expect((await r.ask(Opcode.INIT, 0n, initIn.encode({ major: 7, minor: 31, flags: 0x20 }).subarray(0, 16))).body.length).toBe(64);
    expect(initOut.read((await r.ask(Opcode.INIT, 0n, initIn.encode({ major: 8, minor: 0 }))).body)).toMatchObject({ major: 7 });
    expect((await r.ask(Opcode.INIT, 0n, initIn.encode({ major: 7, minor: 22 }))).error).toBe(-Errno.EIO);
  });
});
