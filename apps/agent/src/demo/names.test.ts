import type { DirectoryEntry, Entry } from '@mapscope/fuse';
import { Errno } from '@mapscope/shared/wire';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BLOCK, bytes, filled, ok, Rig, root } from './testing/rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => {
  expect(rig.fs.check()).toEqual([]);
  rig.fs.destroy();
});

const made = (entry: Entry | number): bigint => (ok(entry) as Entry).node;
const list = (node: bigint, cookie = 0n): DirectoryEntry[] => [...(ok(rig.fs.readdir(node, cookie, false)) as Iterable<DirectoryEntry>)];
const text = (name: Uint8Array): string => Buffer.from(name).toString('latin1');
const nlink = (node: bigint): number => (ok(rig.fs.getattr(node)) as Entry['attributes']).nlink;

describe('names', () => {
  test('a name is bytes: it need not be UTF-8', () => {
    const name = new Uint8Array([0xff, 0x80, 0x41]),
      dir = rig.node('plain');
    const node = made(rig.fs.create(dir, name, 0o600, root));
    expect(made(rig.fs.lookup(dir, name))).toBe(node);
    expect([...list(dir).at(-1)!.name]).toEqual([...name]);
  });

  test('a name of 256 bytes is ENAMETOOLONG, one that is taken EEXIST, one that is not there ENOENT', () => {
    const dir = rig.node('plain');
    expect(rig.fs.create(dir, filled(256, 97), 0o600, root)).toBe(-Errno.ENAMETOOLONG);
    rig.create('plain/a');
    expect(rig.fs.mkdir(dir, bytes('a'), 0o700, root)).toBe(-Errno.EEXIST);
    expect(rig.fs.unlink(dir, bytes('b'))).toBe(-Errno.ENOENT);
    expect(rig.fs.rmdir(dir, bytes('a'))).toBe(-Errno.ENOTDIR);
    expect(rig.fs.unlink(1n, bytes('plain'))).toBe(-Errno.EISDIR);
  });

  test('a directory hands down its layout, its group where setgid says so, and counts its subdirectories', () => {
    const dir = rig.node('striped');
    rig.fs.setattr(dir, { mode: 0o42755, gid: 77 });
    const sub = made(rig.fs.mkdir(dir, bytes('sub'), 0o755, root)),
      file = made(rig.fs.create(sub, bytes('f'), 0o644, root));
    const attributes = ok(rig.fs.getattr(sub)) as Entry['attributes'];
    expect([attributes.mode, attributes.gid, nlink(dir), nlink(sub)]).toEqual([0o42755, 77, 3, 2]);
    expect(text(ok(rig.fs.getxattr(file, bytes('user.mapscope.layout'))) as Uint8Array)).toBe('interleave:chunk=65536,strips=3');
    expect(rig.fs.rmdir(dir, bytes('sub'))).toBe(-Errno.ENOTEMPTY);
  });

  test('a file without a name lives until it is forgotten, and its number comes back with another generation', () => {
    const dir = rig.node('plain'),
      free = rig.fs.statfs().free,
      node = rig.create('plain/a');
    const first = ok(rig.fs.lookup(dir, bytes('a'))) as Entry;
    rig.engine.write(node, 0, filled(BLOCK, 1), 'direct');
    rig.fs.unlink(dir, bytes('a'));
    expect([nlink(node), Buffer.compare(rig.engine.read(node, 0, BLOCK), filled(BLOCK, 1))]).toEqual([0, 0]);
    rig.engine.forget(node);
    expect([rig.fs.getattr(node), rig.fs.statfs().free]).toEqual([-Errno.ESTALE, free]);
    const second = ok(rig.fs.create(dir, bytes('a'), 0o600, root)) as Entry;
    expect([second.node, second.generation > first.generation]).toEqual([first.node, true]);
  });

  test('a removed directory takes no names any more', () => {
    const dir = rig.node('plain'),
      sub = made(rig.fs.mkdir(dir, bytes('sub'), 0o755, root));
    expect(rig.fs.rmdir(dir, bytes('sub'))).toBe(0);
    expect(rig.fs.create(sub, bytes('f'), 0o644, root)).toBe(-Errno.ENOENT);
    rig.fs.forget(sub);
  });

  test('hard links share one inode, and directories have none', () => {
    const dir = rig.node('plain'),
      node = rig.create('plain/a');
    expect(made(rig.fs.link(node, rig.node('tiny'), bytes('b')))).toBe(node);
    expect(nlink(node)).toBe(2);
    expect(rig.fs.link(dir, dir, bytes('loop'))).toBe(-Errno.EPERM);
    expect(rig.fs.rename(dir, bytes('a'), rig.node('tiny'), bytes('b'), 0)).toBe(0);
    expect(nlink(node)).toBe(2);
  });

  test('symlinks keep their target, other kinds their device number', () => {
    const dir = rig.node('plain'),
      node = made(rig.fs.symlink(dir, bytes('s'), bytes('../no where'), root));
    expect(text(ok(rig.fs.readlink(node)) as Uint8Array)).toBe('../no where');
    expect(rig.fs.readlink(dir)).toBe(-Errno.EINVAL);
    const device = made(rig.fs.mknod(dir, bytes('null'), 0o20666, 0x103, root));
    expect(ok(rig.fs.getattr(device))).toMatchObject({ mode: 0o20666, rdev: 0x103 });
  });

  test('rename refuses to put a directory into itself, and replaces only its like', () => {
    const dir = rig.node('plain'),
      a = made(rig.fs.mkdir(dir, bytes('a'), 0o755, root)),
      b = made(rig.fs.mkdir(a, bytes('b'), 0o755, root));
    rig.create('plain/f');
    expect(rig.fs.rename(dir, bytes('a'), b, bytes('x'), 0)).toBe(-Errno.EINVAL);
    expect(rig.fs.rename(dir, bytes('f'), dir, bytes('a'), 0)).toBe(-Errno.EISDIR);
    expect(rig.fs.rename(dir, bytes('a'), dir, bytes('f'), 0)).toBe(-Errno.ENOTDIR);
    expect(rig.fs.rename(a, bytes('b'), dir, bytes('a'), 0)).toBe(-Errno.ENOTEMPTY);
    expect(rig.fs.rename(a, bytes('b'), dir, bytes('f'), 2)).toBe(0);
    expect([nlink(a), nlink(dir)]).toEqual([2, 4]);
    expect(rig.fs.rename(dir, bytes('f'), dir, bytes('g'), 4)).toBe(-Errno.EINVAL);
  });

  test('readdir goes on where it stopped, and readdirplus makes the kernel know the inode', () => {
    const dir = rig.node('plain');
    for (let i = 0; i < 10; i++) rig.create(`plain/f${i}`);
    const all = list(dir),
      half = all[5]!;
    expect(all.map(({ name }) => text(name)).slice(0, 3)).toEqual(['.', '..', 'f0']);
    expect(list(dir, half.next)).toEqual(all.slice(6));
    expect(list(dir, all.at(-1)!.next)).toEqual([]);
    const [plus] = [...(ok(rig.fs.readdir(dir, all[1]!.next, true)) as Iterable<DirectoryEntry>)];
    expect(plus!.entry!.attributes.ino).toBe(plus!.ino);
  });

  test('xattrs are created, replaced, listed and removed as their flags say', () => {
    const node = rig.create('plain/a'),
      name = bytes('user.x');
    expect(rig.fs.setxattr(node, name, bytes('1'), 2)).toBe(-Errno.ENODATA);
    expect(rig.fs.setxattr(node, name, bytes('1'), 1)).toBe(0);
    expect(rig.fs.setxattr(node, name, bytes('2'), 1)).toBe(-Errno.EEXIST);
    expect((ok(rig.fs.listxattr(node)) as Uint8Array[]).map(text)).toEqual(['user.x']);
    expect(rig.fs.setxattr(node, bytes('user.big'), new Uint8Array(65536), 0)).toBe(-Errno.ENOSPC);
    expect([rig.fs.removexattr(node, name), rig.fs.removexattr(node, name)]).toEqual([0, -Errno.ENODATA]);
    expect(rig.fs.setxattr(node, bytes('system.posix_acl_access'), bytes('x'), 0)).toBe(-Errno.EOPNOTSUPP);
  });

  test('the layout is set on directories alone, and only to what can be', () => {
    const name = bytes('user.mapscope.layout');
    expect(rig.fs.setxattr(rig.create('plain/a'), name, bytes('simple'), 0)).toBe(-Errno.EOPNOTSUPP);
    expect(rig.fs.setxattr(rig.node('plain'), name, bytes('interleave:strips=9'), 0)).toBe(-Errno.EINVAL);
    expect((ok(rig.fs.listxattr(rig.node('plain'))) as Uint8Array[]).map(text)).toEqual(['user.mapscope.layout']);
  });

  test('setattr sets what it is given, and no size of a directory', () => {
    const node = rig.create('plain/a');
    expect(ok(rig.fs.setattr(node, { mode: 0o4711, uid: 5, gid: 6, mtimeNs: 9n, atimeNs: 8n }))).toMatchObject({
      mode: 0o104711,
      uid: 5,
      gid: 6,
      mtimeNs: 9n,
      atimeNs: 8n,
    });
    expect(rig.fs.setattr(1n, { size: 0n })).toBe(-Errno.EINVAL);
    expect(rig.fs.setattr(node, { size: 1n << 63n })).toBe(-Errno.EFBIG);
  });

  test('a tree agrees with a map of paths, whatever is made, moved and removed', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const step = fc.record({ does: fc.constantFrom('mkdir', 'create', 'unlink', 'rmdir', 'rename', 'exchange'), path, to: path });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const one = new Rig({ deviceBytes: 2 << 20 }),
          plain = one.node('plain'),
          twin = new Map<string, 'dir' | 'file'>();
        const kids = (at: string): string[] => [...twin.keys()].filter((key) => key.startsWith(`${at}/`));
        const node = (at: string): bigint => (at === '' ? plain : one.node(`plain/${at}`));
        const split = (at: string): [string, Uint8Array] => [at.split('/').slice(0, -1).join('/'), bytes(at.split('/').at(-1)!)];
        const moved = (from: string, to: string, twins: [string, 'dir' | 'file'][]): void =>
          twins.forEach(([key, kind]) => twin.set(to + key.slice(from.length), kind));
        const takeOut = (at: string): [string, 'dir' | 'file'][] =>
          [at, ...kids(at)].map((key) => {
            const kind = twin.get(key)!;
            twin.delete(key);
            return [key, kind];
          });
        for (const { does, path: at, to } of steps) {
          const [parent, name] = split(at),
            [toParent, toName] = split(to),
            kind = twin.get(at),
            there = twin.get(to);
          if (![parent, toParent].every((dir) => dir === '' || twin.get(dir) === 'dir')) continue;
          const dir = node(parent),
            toDir = node(toParent);
          if (does === 'mkdir' || does === 'create') {
            const done = does === 'mkdir' ? one.fs.mkdir(dir, name, 0o755, root) : one.fs.create(dir, name, 0o644, root);
            expect(typeof done === 'number' ? done : 0).toBe(kind ? -Errno.EEXIST : 0);
            if (!kind) twin.set(at, does === 'mkdir' ? 'dir' : 'file');
          } else if (does === 'unlink') {
            expect(one.fs.unlink(dir, name)).toBe(!kind ? -Errno.ENOENT : kind === 'dir' ? -Errno.EISDIR : 0);
            if (kind === 'file') twin.delete(at);
          } else if (does === 'rmdir') {
            expect(one.fs.rmdir(dir, name)).toBe(
              !kind ? -Errno.ENOENT : kind === 'file' ? -Errno.ENOTDIR : kids(at).length > 0 ? -Errno.ENOTEMPTY : 0,
            );
            if (kind === 'dir' && kids(at).length === 0) twin.delete(at);
          } else {
            const isExchange = does === 'exchange',
              done = one.fs.rename(dir, name, toDir, toName, isExchange ? 2 : 0);
            const isLoop = to.startsWith(`${at}/`) || (isExchange && at.startsWith(`${to}/`));
            if (!kind || (isExchange && !there)) expect(done).toBe(-Errno.ENOENT);
            else if (at === to) expect(done).toBe(0);
            else if (isLoop) expect(done).toBe(-Errno.EINVAL);
            else if (isExchange) {
              expect(done).toBe(0);
              const a = takeOut(at),
                b = takeOut(to);
              moved(at, to, a);
              moved(to, at, b);
            } else if (there && there !== kind) expect(done).toBe(there === 'dir' ? -Errno.EISDIR : -Errno.ENOTDIR);
            else if (there === 'dir' && kids(to).length > 0) expect(done).toBe(-Errno.ENOTEMPTY);
            else {
              expect(done).toBe(0);
              twin.delete(to);
              moved(at, to, takeOut(at));
            }
          }
          expect(one.fs.check()).toEqual([]);
        }
        const paths = [...one.fs.files()]
          .map((file) => text(file.path))
          .filter((at) => at.startsWith('plain/'))
          .map((at) => at.slice(6));
        expect(paths.sort()).toEqual([...twin.keys()].sort());
        one.fs.destroy();
      }),
      { numRuns: 80 },
    );
  });
});
