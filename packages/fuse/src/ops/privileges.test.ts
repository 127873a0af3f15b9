import { afterEach, describe, expect, test } from 'vitest';
import {
  attrOut,
  fallocateIn,
  NotifyCode,
  notifyInvalInodeOut,
  Opcode,
  SetattrFlag,
  setattrIn,
  WriteFlag,
  writeIn,
} from '@mapscope/shared/wire';
import { replyOf, request } from '../testing/requests.ts';
import { as, closeRigs, create, sessionRig } from '../testing/session-rig.ts';
import { withoutPrivileges } from './privileges.ts';

afterEach(closeRigs);

describe('privileges', () => {
  test.each([
    [0o104_755, 0o100_755],
    [0o102_755, 0o100_755],
    [0o102_745, 0o102_745],
    [0o106_755, 0o100_755],
    [0o100_644, 0o100_644],
  ])('withoutPrivileges leaves of %o the mode %o', (mode, kept) => expect(withoutPrivileges(mode)).toBe(kept));

  test('a WRITE that took them makes the kernel ask for the attributes again', async () => {
    const r = await sessionRig(),
      node = await create(r);
    await r.ask(Opcode.SETATTR, node, setattr(SetattrFlag.MODE, { mode: 0o106_755 })[1]);
    const [opcode, body] = write(WriteFlag.KILL_SUIDGID);
    r.push(request(opcode, node, body).bytes);
    const said = replyOf(await r.kernel.next());
    expect([said.unique, said.error]).toEqual([0n, NotifyCode.INVAL_INODE]);
    expect(notifyInvalInodeOut.read(said.body)).toEqual({ ino: node, off: -1n, len: 0n });
  });

  const setattr = (valid: number, more: object = {}): [Opcode: number, body: Uint8Array] => [
    Opcode.SETATTR,
    setattrIn.encode({ valid, ...more }),
  ];
  const write = (flags: number): [Opcode: number, body: Uint8Array] => [
    Opcode.WRITE,
    Buffer.concat([writeIn.encode({ offset: 0n, size: 1, write_flags: flags }), Buffer.from('x')]),
  ];
  test.each([
    ['WRITE that says so takes', write(WriteFlag.KILL_SUIDGID), 0o755],
    ['WRITE that does not say so leaves', write(0), 0o6755],
    ['a truncation that says so takes', setattr(SetattrFlag.SIZE | SetattrFlag.KILL_SUIDGID), 0o755],
    ['a truncation that does not say so leaves', setattr(SetattrFlag.SIZE), 0o6755],
    ['giving the file away takes', setattr(SetattrFlag.UID, { uid: 7 }), 0o755],
    ['FALLOCATE takes', [Opcode.FALLOCATE, fallocateIn.encode({ length: 4096n })], 0o755],
  ] as const)('%s suid and sgid', async (_, [opcode, body], mode) => {
    const r = await sessionRig(),
      node = await create(r);
    await r.ask(...([Opcode.SETATTR, node, setattr(SetattrFlag.MODE, { mode: 0o106_755 })[1]] as const));
    expect((await r.ask(opcode, node, body)).error).toBe(0);
    const { attr } = as(attrOut, await r.ask(Opcode.GETATTR, node, new Uint8Array(16))) as { attr: { mode: number } };
    expect(attr.mode & 0o7777).toBe(mode);
  });
});
