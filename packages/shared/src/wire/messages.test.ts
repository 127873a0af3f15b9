import { expect, test } from 'vitest';
import { messageTable } from './messages.ts';
import { Opcode } from './opcodes.ts';

test('messageTable has a row for every opcode, none for a number that nobody has named', () => {
  expect([...messageTable.keys()].toSorted((a, b) => a - b)).toEqual(Object.values(Opcode).toSorted((a, b) => a - b));
  expect(messageTable.get(7)).toBeUndefined();
});

test('messageTable says which requests get no reply', () => {
  const silent = [...messageTable.values()].filter(({ reply }) => reply === undefined).map(({ name }) => name);
  expect(silent).toEqual(['FORGET', 'INTERRUPT', 'NOTIFY_REPLY', 'BATCH_FORGET']);
});

test('messageTable lets GET_FMAP and GET_DAXDEV come without arguments, and INIT and SETXATTR in their short forms', () => {
  const short = [...messageTable.values()].filter(({ args, leastArgs }) => leastArgs < (args?.size ?? 0));
  expect(short.map(({ name, leastArgs }) => [name, leastArgs])).toEqual([
    ['SETXATTR', 8],
    ['INIT', 16],
    ['GET_FMAP', 0],
    ['GET_DAXDEV', 0],
  ]);
});
