import { afterEach, describe, expect, test, vi } from 'vitest';
import fc from 'fast-check';
import { OpType } from '@mapscope/shared/trace';
import { Errno, getattrIn, inHeader, interruptIn, Opcode, writeIn } from '@mapscope/shared/wire';
import { opTable } from './op-table.ts';
import { replyOf, request, text } from './testing/requests.ts';
import { sessionRig, ROOT, create, write, read, closeRigs } from './testing/session-rig.ts';

afterEach(closeRigs);

describe('the session', () => {
  test('an opcode nobody has is ENOSYS, and counted', async () => {
    const r = await sessionRig();
    for (const opcode of [Opcode.IOCTL, Opcode.POLL, 4711, 4711])
      expect((await r.ask(opcode, ROOT, new Uint8Array(64))).error).toBe(-Errno.ENOSYS);
    expect([...r.session.unknown]).toEqual([
      [Opcode.IOCTL, 1],
      [Opcode.POLL, 1],
      [4711, 2],
    ]);
  });

  test('arguments that are cut short are EIO, whatever the opcode', async () => {
    const r = await sessionRig();
    for (const op of opTable.values()) {
      if (op.argsSize === 0 || op.isSilent) continue;
      expect((await r.ask(op.opcode, ROOT, new Uint8Array(op.argsSize - 1))).error, op.name).toBe(-Errno.EIO);
    }
  });

  test('a name without its NUL, or an empty one, is EIO', async () => {
    const r = await sessionRig();
    for (const tail of [Buffer.from('abc'), text(''), new Uint8Array(0)])
      expect((await r.ask(Opcode.LOOKUP, ROOT, tail)).error).toBe(-Errno.EIO);
    expect((await r.ask(Opcode.SYMLINK, ROOT, text('only one'))).error).toBe(-Errno.EIO);
  });

  test('random bytes behind any opcode never throw, and every request that wants a reply gets one', async () => {
    const r = await sessionRig();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...opTable.keys(), 99, 5000),
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(0n, 1n, 2n, 99n),
        async (opcode, body, node) => {
          if (opcode === Opcode.DESTROY || opcode === Opcode.INIT) return;
          r.push(request(opcode, node, body).bytes);
          while (r.kernel.take());
          expect(r.kernel.pending.size).toBe(0);
        },
      ),
      { numRuns: 2000 },
    );
    expect(r.logged.filter((line) => line.includes('failed'))).toEqual([]);
  });

  test('a header that lies about its length is EIO', async () => {
    const r = await sessionRig(),
      { bytes } = request(Opcode.STATFS, ROOT);
    inHeader.write({ len: 4000, opcode: Opcode.STATFS, unique: 99n, nodeid: ROOT }, bytes);
    r.push(bytes);
    expect(replyOf(await r.kernel.next())).toMatchObject({ error: -Errno.EIO, unique: 99n });
  });

  test('a filesystem that throws is EIO, logged, and the session lives on', async () => {
    const r = await sessionRig({
      wrap: (fs) =>
        Object.assign(fs, {
          statfs: () => {
            throw new Error('boom');
          },
        }),
    });
    expect((await r.ask(Opcode.STATFS, ROOT)).error).toBe(-Errno.EIO);
    expect(r.logged.some((line) => line.startsWith('error STATFS'))).toBe(true);
    expect((await r.ask(Opcode.GETATTR, ROOT, getattrIn.encode({}))).error).toBe(0);
  });

  test('an errno the kernel would refuse, or a success where a body belongs, is EIO', async () => {
    const r = await sessionRig({ wrap: (fs) => Object.assign(fs, { lookup: () => -9999, statfs: () => 5 }) });
    expect((await r.ask(Opcode.LOOKUP, ROOT, text('a'))).error).toBe(-Errno.EIO);
    expect((await r.ask(Opcode.STATFS, ROOT)).error).toBe(-Errno.EIO);
  });

  test.each([
    [511, -511],
    [512, -Errno.EIO],
  ])('an errno of %i is answered %i: the kernel takes none from 512 on', async (errno, answered) => {
    const r = await sessionRig({ wrap: (fs) => Object.assign(fs, { lookup: () => -errno }) });
    expect((await r.ask(Opcode.LOOKUP, ROOT, text('a'))).error).toBe(answered);
  });

  test('a SETXATTR with less of a value than it says is EIO, and the filesystem hears nothing of it', async () => {
    const values: string[] = [],
      setxattr = (_node: bigint, _name: Uint8Array, value: Uint8Array): number => (values.push(Buffer.from(value).toString()), 0),
      r = await sessionRig({ wrap: (fs) => Object.assign(fs, { setxattr }) }),
      set = async (size: number): Promise<number> =>
        (await r.ask(Opcode.SETXATTR, ROOT, new Uint8Array(Uint32Array.of(size, 0).buffer), text('user.a'), Buffer.from('value'))).error;
    expect([await set(5), await set(6), await set(0xffff_ffff), await set(0)]).toEqual([0, -Errno.EIO, -Errno.EIO, 0]);
    expect(values).toEqual(['value', '']);
  });

  test('a filesystem that answers with promises is served side by side, and data of one file in the order it came', async () => {
    const r = await sessionRig({ memory: { isSlow: true } }),
      node = await create(r);
    const sent = ['aaaa', 'bbbb', 'cccc'].map((data) =>
      request(Opcode.WRITE, node, writeIn.encode({ offset: 0n, size: 4 }), Buffer.from(data)),
    );
    for (const { bytes } of sent) r.push(bytes);
    expect(r.session.pending.size).toBe(3);
    expect((await r.ask(Opcode.STATFS, ROOT)).error).toBe(0);
    const order = [];
    for (const _ of sent) order.push(replyOf(await r.kernel.next()).unique);
    expect(order).toEqual(sent.map(({ unique }) => unique));
    expect(await read(r, node, 0, 4)).toBe('cccc');
  });

  test('INTERRUPT of a request that waits in line is EINTR; of one nobody knows EAGAIN', async () => {
    const r = await sessionRig({ memory: { isSlow: true } }),
      node = await create(r);
    const [first, second] = ['aaaa', 'bbbb'].map((data) =>
      request(Opcode.WRITE, node, writeIn.encode({ offset: 0n, size: 4 }), Buffer.from(data)),
    );
    r.push(first!.bytes);
    r.push(second!.bytes);
    r.push(request(Opcode.INTERRUPT, 0n, interruptIn.encode({ unique: second!.unique })).bytes);
    const replies = [replyOf(await r.kernel.next()), replyOf(await r.kernel.next())];
    expect(replies.find(({ unique }) => unique === second!.unique)!.error).toBe(-Errno.EINTR);
    expect(replies.find(({ unique }) => unique === first!.unique)!.error).toBe(0);
    expect((await r.ask(Opcode.INTERRUPT, 0n, interruptIn.encode({ unique: 12345678n }))).error).toBe(-Errno.EAGAIN);
  });

  test('requests of our own processes are answered and leave no op, no message and no I/O', async () => {
    const r = await sessionRig({ ownPids: new Set([4242]) }),
      node = await create(r);
    await write(r, node, 0, 'x');
    await read(r, node, 0, 1);
    const kinds = new Set(r.rows().map(({ kind }) => kind));
    // What they did to the page cache is so all the same.
    expect([...kinds].sort()).toEqual(['device', 'extent', 'folio', 'inode']);
  });

  test('every op that begins ends, replies before it ends, and names its parent', async () => {
    const r = await sessionRig(),
      node = await create(r);
    await write(r, node, 0, 'x'.repeat(5000));
    await read(r, node, 0, 5000);
    const rows = r.rows(),
      begun = rows.filter(({ kind }) => kind === 'opBegin');
    for (const { op, type, parent } of begun) {
      const ends = rows.filter((row) => row.kind === 'opEnd' && row.op === op);
      expect(ends.length).toBe(1);
      if (type === OpType.iomap) expect(begun.some((b) => b.op === parent && b.type === OpType.request)).toBe(true);
    }
    expect(rows.every(({ time }, i) => i === 0 || time >= rows[i - 1]!.time)).toBe(true);
  });

  test('messages keep the bytes of request and reply, of data only the first', async () => {
    const r = await sessionRig({ payloadBytes: 16 }),
      node = await create(r);
    r.rows();
    await write(r, node, 0, 'x'.repeat(5000));
    const [asked, answered] = r.rows().filter(({ kind }) => kind === 'message');
    expect([asked!.length, asked!.heap.length]).toEqual([5080n, 96]);
    expect(inHeader.read(asked!.heap)).toMatchObject({ opcode: Opcode.WRITE, nodeid: node });
    expect(answered!.heap.length).toBe(24);
  });

  test('DESTROY flushes what waits for a place and destroys the filesystem once', async () => {
    let destroyed = 0;
    const r = await sessionRig({ memory: { isDelalloc: true }, wrap: (fs) => Object.assign(fs, { destroy: () => destroyed++ }) }),
      node = await create(r);
    await write(r, node, 0, 'delayed');
    expect((await r.ask(Opcode.DESTROY, 0n)).error).toBe(0);
    await r.session.end();
    expect(destroyed).toBe(1);
    expect(r.session.engine.dirtyInodes.size).toBe(0);
  });

  test('a channel that is over ends the session', async () => {
    const r = await sessionRig();
    r.kernel.end();
    expect(r.session.receive()).toBe(-Errno.ENODEV);
    expect(r.session.isEnded).toBe(true);
  });

  test.each(['EAGAIN', 'EINTR', 'ENOENT'] as const)('%s of the channel (a request that was given up) ends nothing', async (name) => {
    const r = await sessionRig(),
      receive = vi.spyOn(r.channel, 'receive').mockReturnValueOnce(-Errno[name]);
    expect(r.session.receive()).toBe(-Errno[name]);
    receive.mockRestore();
    expect([r.session.isEnded, r.logged]).toEqual([false, []]);
    expect((await r.ask(Opcode.STATFS, ROOT)).error).toBe(0);
  });

  test('any other errno of the channel ends the session, and is logged', async () => {
    const r = await sessionRig();
    vi.spyOn(r.channel, 'receive').mockReturnValueOnce(-Errno.EIO);
    expect(r.session.receive()).toBe(-Errno.EIO);
    expect([r.session.isEnded, r.logged]).toEqual([true, ['error the channel answers EIO']]);
  });
});
