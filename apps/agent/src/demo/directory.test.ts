import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Directory } from './directory.ts';

const all = (dir: Directory, from = 0): string[] => {
  const names: string[] = [];
  for (let slot = dir.from(from); slot; slot = dir.from(slot.slot + 1)) names.push(slot.name);
  return names;
};

describe('Directory', () => {
  test('from answers names in the order they came', () => {
    const dir = new Directory(1);
    for (const name of ['c', 'a', 'b']) dir.enter(name, 7);
    expect(all(dir)).toEqual(['c', 'a', 'b']);
  });

  test('a name that left and came again stands at the end, so a reader may meet it again but misses nobody', () => {
    const dir = new Directory(1);
    for (const name of ['a', 'b', 'c']) dir.enter(name, 7);
    const position = dir.from(0)!.slot + 1;
    dir.leave('a');
    dir.enter('a', 8);
    expect(all(dir, position)).toEqual(['b', 'c', 'a']);
  });

  test('enter throws for a name that is taken, leave for one that is not there', () => {
    const dir = new Directory(1);
    dir.enter('a', 2);
    expect(() => dir.enter('a', 3)).toThrow('taken');
    expect(() => dir.leave('b')).toThrow('no such');
  });

  test('a reader sees each name that stands all along exactly once, whatever comes and goes meanwhile', () => {
    const change = fc.record({ name: fc.nat(15).map((n) => `n${n}`), isRead: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 80 }), (changes) => {
        const dir = new Directory(1),
          present = new Set<string>(['s0', 's1', 's2', 's3']),
          stable = [...present];
        for (const name of ['s0', 'n3', 's1', 'n5', 's2', 's3']) dir.enter(name, 1);
        present.add('n3').add('n5');
        const seen: string[] = [];
        let position = 0;
        const read = (): boolean => {
          const slot = dir.from(position);
          if (!slot) return false;
          seen.push(slot.name);
          position = slot.slot + 1;
          expect(present.has(slot.name)).toBe(true);
          return true;
        };
        for (const { name, isRead } of changes) {
          if (isRead) read();
          else if (present.has(name)) {
            dir.leave(name);
            present.delete(name);
          } else {
            dir.enter(name, 1);
            present.add(name);
          }
          expect(all(dir).sort()).toEqual([...present].sort());
        }
        while (read());
        for (const name of stable) expect(seen.filter((other) => other === name)).toHaveLength(1);
      }),
    );
  });
});
