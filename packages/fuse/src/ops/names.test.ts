import { afterEach, describe, expect, test } from 'vitest';
import {
  attrOut,
  batchForgetIn,
  createIn,
  dirent,
  direntplus,
  entryOut,
  Errno,
  forgetIn,
  forgetOne,
  getattrIn,
  getxattrIn,
  kstatfs,
  linkIn,
  mkdirIn,
  Opcode,
  openOut,
  readIn,
  rename2In,
  writeOut,
} from '@mapscope/shared/wire';
import { request, text } from '../testing/requests.ts';
import { textOf } from '../testing/rows.ts';
import { sessionRig, ROOT, as, create, write, read, closeRigs } from '../testing/session-rig.ts';

afterEach(closeRigs);

describe('the namespace', () => {
  test('LOOKUP of what is not there is a negative entry that may be cached', async () => {
    const r = await sessionRig();
    expect(as(entryOut, await r.ask(Opcode.LOOKUP, ROOT, text('nobody')))).toMatchObject({ nodeid: 0n, entry_valid: 60n });
  });

  test('CREATE answers entry and handle; WRITE, READ and GETATTR see the same file', async () => {
    const r = await sessionRig(),
      created = await r.ask(Opcode.CREATE, ROOT, createIn.encode({ mode: 0o100644 }), text('a'));
    const { nodeid } = entryOut.read(created.body) as { nodeid: bigint };
    expect(openOut.read(created.body, entryOut.size)).toMatchObject({ fh: 1n });
    expect(as(writeOut, await write(r, nodeid, 0, 'hello'))).toMatchObject({ size: 5 });
    expect(await read(r, nodeid, 1, 100)).toBe('ello');
    expect(as(attrOut, await r.ask(Opcode.GETATTR, nodeid, getattrIn.encode({})))).toMatchObject({ attr: { size: 5n } });
  });

  test('a node is forgotten when its count is 0, and gone when it has no name either', async () => {
    const r = await sessionRig(),
      node = await create(r);
    await r.ask(Opcode.LOOKUP, ROOT, text('a'));
    r.rows();
    await r.ask(Opcode.UNLINK, ROOT, text('a'));
    r.push(request(Opcode.FORGET, node, forgetIn.encode({ nlookup: 1n })).bytes);
    expect(r.fs.nodes.has(node)).toBe(true);
    r.push(request(Opcode.BATCH_FORGET, 0n, batchForgetIn.encode({ count: 1 }), forgetOne.encode({ nodeid: node, nlookup: 1n })).bytes);
    expect(r.fs.nodes.has(node)).toBe(false);
    expect(r.rows().filter(({ kind }) => kind === 'inodeGone').length).toBe(1);
  });

  test('a name that is made again has a new number in the stream', async () => {
    const r = await sessionRig(),
      first = await create(r);
    await r.ask(Opcode.UNLINK, ROOT, text('a'));
    r.push(request(Opcode.FORGET, first, forgetIn.encode({ nlookup: 1n })).bytes);
    await create(r);
    const numbers = r
      .rows()
      .filter(({ kind, heap }) => kind === 'inode' && Buffer.from(heap).toString() === 'a')
      .map(({ inode }) => inode);
    expect(new Set(numbers).size).toBe(2);
  });

  test('RENAME of a directory says the new path of everything below it', async () => {
    const r = await sessionRig();
    const { nodeid } = as(entryOut, await r.ask(Opcode.MKDIR, ROOT, mkdirIn.encode({ mode: 0o755 }), text('d')));
    await create(r, 'f', nodeid);
    r.rows();
    expect((await r.ask(Opcode.RENAME2, ROOT, rename2In.encode({ newdir: ROOT }), text('d'), text('e'))).error).toBe(0);
    expect(
      r
        .rows()
        .filter(({ kind }) => kind === 'inode')
        .map(textOf),
    ).toEqual(['e', 'e/f']);
  });

  test('RENAME with exchange swaps two names', async () => {
    const r = await sessionRig(),
      a = await create(r, 'a'),
      b = await create(r, 'b');
    await r.ask(Opcode.RENAME2, ROOT, rename2In.encode({ newdir: ROOT, flags: 2 }), text('a'), text('b'));
    expect(Buffer.from(r.session.inodes.pathOf(r.session.inodes.get(a)!)).toString()).toBe('b');
    expect(Buffer.from(r.session.inodes.pathOf(r.session.inodes.get(b)!)).toString()).toBe('a');
  });

  test('UNLINK of one of two names keeps the file under the other', async () => {
    const r = await sessionRig(),
      node = await create(r, 'a');
    await r.ask(Opcode.LINK, ROOT, linkIn.encode({ oldnodeid: node }), text('b'));
    await r.ask(Opcode.UNLINK, ROOT, text('b'));
    expect(r.session.inodes.get(node)!.isUnlinked).toBe(false);
    expect(Buffer.from(r.session.inodes.pathOf(r.session.inodes.get(node)!)).toString()).toBe('a');
  });

  test('READDIR and READDIRPLUS list every name once, over as many replies as it takes; only READDIRPLUS counts lookups', async () => {
    const r = await sessionRig(),
      names = Array.from({ length: 40 }, (_, i) => `file-${i}`);
    for (const name of names) await create(r, name);
    for (const [opcode, before] of [
      [Opcode.READDIR, 0],
      [Opcode.READDIRPLUS, entryOut.size],
    ] as const) {
      const seen: string[] = [];
      for (let cookie = 0n; ;) {
        const { body } = await r.ask(opcode, ROOT, readIn.encode({ offset: cookie, size: 1000 }));
        expect(body.length).toBeLessThanOrEqual(1000);
        if (body.length === 0) break;
        for (let at = 0; at < body.length;) {
          const d = dirent.read(body, at + before) as { namelen: number; off: bigint },
            from = at + before + dirent.size;
          seen.push(Buffer.from(body.subarray(from, from + d.namelen)).toString());
          cookie = d.off;
          at = (from + d.namelen + 7) & ~7;
        }
      }
      expect(seen).toEqual(['.', '..', ...names]);
    }
    expect(direntplus.size).toBe(152);
    expect([...r.session.inodes.all()].filter((i) => i.lookups === 2n).length).toBe(40);
  });

  test('GETXATTR and its kin are ENOSYS where the filesystem has none', async () => {
    const r = await sessionRig();
    expect((await r.ask(Opcode.GETXATTR, ROOT, getxattrIn.encode({ size: 10 }), text('user.a'))).error).toBe(-Errno.ENOSYS);
    expect((await r.ask(Opcode.LISTXATTR, ROOT, getxattrIn.encode({ size: 10 }))).error).toBe(-Errno.ENOSYS);
  });

  test('GETXATTR of size 0 answers the length, one that is too small ERANGE', async () => {
    const r = await sessionRig({ wrap: (fs) => Object.assign(fs, { getxattr: () => Buffer.from('value') }) });
    expect(as(getxattrIn, await r.ask(Opcode.GETXATTR, ROOT, getxattrIn.encode({ size: 0 }), text('user.a')))).toMatchObject({ size: 5 });
    expect((await r.ask(Opcode.GETXATTR, ROOT, getxattrIn.encode({ size: 4 }), text('user.a'))).error).toBe(-Errno.ERANGE);
    expect(Buffer.from((await r.ask(Opcode.GETXATTR, ROOT, getxattrIn.encode({ size: 5 }), text('user.a'))).body).toString()).toBe('value');
  });

  test('STATFS has the size of the struct', async () => {
    const r = await sessionRig();
    expect(as(kstatfs, await r.ask(Opcode.STATFS, ROOT))).toMatchObject({ bsize: 512, namelen: 255 });
  });
});
