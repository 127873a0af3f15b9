import { closeSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { addWatch, InotifyBit, openInotify, read, removeWatch } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'mapscope-inotify-'));
const fd = openInotify();
afterAll(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

/** (watch, bits) of what waits. Fact: `struct inotify_event`, inotify(7). */
function notices(): [watch: number, bits: number][] {
  const room = Buffer.alloc(4096),
    n = read(fd, room),
    out: [number, number][] = [];
  for (let at = 0; at < n; at += 16 + room.readUInt32LE(at + 12)) out.push([room.readInt32LE(at), room.readUInt32LE(at + 4)]);
  return out;
}

describe('addWatch', () => {
  test('tells of a file once, where it is asked to, however often it is written to', () => {
    const file = join(folder, 'a');
    writeFileSync(file, '');
    const watch = addWatch(fd, Buffer.from(file), (InotifyBit.modify | InotifyBit.once) >>> 0);
    for (let n = 0; n < 3; n++) writeFileSync(file, 'x');
    expect(notices()).toEqual([
      [watch, InotifyBit.modify],
      [watch, InotifyBit.ignored],
    ]);
    // EAGAIN: nothing more, and nobody waits.
    expect(read(fd, Buffer.alloc(4096))).toBe(-11);
  });

  test('tells of names in a folder until the watch is removed, and answers what the kernel says of a wrong path or watch', () => {
    const watch = addWatch(fd, Buffer.from(folder), InotifyBit.create | InotifyBit.onlyFolder);
    writeFileSync(join(folder, 'b'), '');
    expect(notices()).toEqual([[watch, InotifyBit.create]]);
    expect(removeWatch(fd, watch)).toBe(0);
    expect(notices()).toEqual([[watch, InotifyBit.ignored]]);
    writeFileSync(join(folder, 'c'), '');
    expect(notices()).toEqual([]);
    // EINVAL, ENOENT, ENOTDIR
    expect(removeWatch(fd, watch)).toBe(-22);
    expect(addWatch(fd, Buffer.from(join(folder, 'none')), InotifyBit.create)).toBe(-2);
    expect(addWatch(fd, Buffer.from(join(folder, 'c')), InotifyBit.create | InotifyBit.onlyFolder)).toBe(-20);
  });

  test('refuses a path that C would cut short', () => {
    expect(() => addWatch(fd, Buffer.from('a\0b'), InotifyBit.create)).toThrow(RangeError);
  });
});
