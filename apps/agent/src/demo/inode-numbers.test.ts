import { expect, test } from 'vitest';
import { InodeNumbers } from './inode-numbers.ts';

test('InodeNumbers gives a number again with another generation', () => {
  const numbers = new InodeNumbers();
  for (let i = 0; i < 3; i++) numbers.take(numbers.next.ino, numbers.next.generation);
  numbers.give(2);
  expect(numbers.next).toEqual({ ino: 2, generation: 4 });
});

test('settle makes the gaps free, smallest first, and generations never go back', () => {
  const numbers = new InodeNumbers();
  for (const ino of [1, 4, 6]) numbers.take(ino, ino);
  numbers.skipTo(100);
  numbers.settle((ino) => [1, 4, 6].includes(ino));
  const given: number[] = [];
  for (let i = 0; i < 4; i++) {
    given.push(numbers.next.ino);
    numbers.take(numbers.next.ino, numbers.next.generation);
  }
  expect([given, numbers.generation]).toEqual([[2, 3, 5, 7], 104]);
});
