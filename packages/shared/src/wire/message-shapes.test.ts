import { expect, test } from 'vitest';
import { messageShape } from './message-shapes.ts';
import { Opcode } from './opcodes.ts';

test('messageShape puts the header first, then what the opcode has', () => {
  expect(messageShape(Opcode.WRITE, 'request').map(({ name }) => name)).toEqual(['fuse_in_header', 'fuse_write_in']);
  expect(messageShape(Opcode.CREATE, 'reply').map(({ name }) => name)).toEqual(['fuse_out_header', 'fuse_entry_out', 'fuse_open_out']);
});

test('messageShape of an opcode nobody has named is the header alone', () => {
  expect(messageShape(77, 'request').map(({ name }) => name)).toEqual(['fuse_in_header']);
});
