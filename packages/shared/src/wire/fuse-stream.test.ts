import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../units/index.ts';
import { FuseStream, MAX_STREAM_MESSAGE, Opcode, type StreamMessage, writeReply, writeRequest } from './index.ts';

const captured = new Uint8Array(readFileSync(new URL('../fixtures/fuse-stream/linux-6.18.bin', import.meta.url)));

function all(...pieces: readonly Uint8Array[]): StreamMessage[] {
  const stream = new FuseStream(),
    out = pieces.flatMap((piece) => [...stream.push(piece)]),
    cut = stream.end();
  return cut ? [...out, cut] : out;
}
const say = (list: readonly StreamMessage[]): string[] =>
  list.map(({ at, message, flaw, violations }) =>
    `${at} ${message?.side ?? '-'} ${message?.name ?? ''} ${[flaw, ...violations].map((it) => it?.code ?? '').join(' ')}`.trimEnd(),
  );

const request = (opcode: number, unique: bigint): Uint8Array => writeRequest({ opcode, unique }, { structs: [] });
const reply = (unique: bigint, error = 0, data = ''): Uint8Array => writeReply({ unique, error }, utf8(data));

describe('FuseStream', () => {
  test('gives the same messages however the bytes are cut', () => {
    const whole = say(all(captured));
    expect(whole.length).toBe(105);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: captured.length }), { maxLength: 20 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), captured.length];
        expect(say(all(...edges.slice(1).map((to, i) => captured.subarray(edges[i], to))))).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  test('gives of a stream that is cut what came before, and says that it is cut', () => {
    const whole = say(all(captured));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: captured.length - 1 }), (size) => {
        const part = say(all(captured.subarray(0, size))),
          last = part.at(-1)!;
        const messages = last.startsWith(`${last.split(' ')[0]!} - `) ? part.slice(0, -1) : part;
        expect(messages).toEqual(whole.slice(0, messages.length));
        if (messages.length < part.length) expect(last).toContain('E_SHORT');
      }),
      { numRuns: 50 },
    );
  });

  test('finds the answer to a request that was sent again, with the bit that says so and without', () => {
    const again = 4n | (1n << 63n);
    for (const unique of [4n, again])
      expect(say(all(request(Opcode.DESTROY, again), reply(unique)))).toEqual(['0 request DESTROY', '40 reply DESTROY']);
    expect(say(all(request(Opcode.DESTROY, 4n), request(Opcode.DESTROY, again), reply(4n))).at(-1)).toBe('80 reply DESTROY');
  });

  test('answers of any bytes, and ends', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (pieces) => void all(...pieces)));
    const damaged = fc.tuple(fc.nat({ max: captured.length - 1 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(damaged, { minLength: 1, maxLength: 5 }), (changes) => {
        const bytes = captured.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        all(bytes);
      }),
      { numRuns: 50 },
    );
  });

  test('tells requests, replies and notifications apart by their first 16 bytes', () => {
    const notice = writeReply({ error: 8 }, { structs: [] });
    expect(say(all(request(Opcode.READLINK, 2n), reply(2n, 0, 'target'), notice, reply(9n)))).toEqual(
      ['0 request READLINK', '40 reply READLINK', '62 notification INC_EPOCH', '78 reply '].map((line) => line.trimEnd()),
    );
  });

  test('takes what answers a request for a reply, also with an error that no kernel accepts', () => {
    expect(say(all(request(Opcode.READLINK, 2n), reply(2n, 95, 'x'.repeat(40)), reply(2n, 0, 'again')))).toEqual([
      '0 request READLINK',
      '40 reply READLINK  E_ERRNO E_ERR_BODY',
      '96 reply READLINK',
    ]);
    expect(say(all(reply(7n, 5)))).toEqual(['0 reply   E_ERRNO']);
  });

  test('pairs a request that was sent again with the reply', () => {
    const again = request(Opcode.READLINK, 2n | (1n << 63n));
    expect(say(all(request(Opcode.READLINK, 2n), again, reply(2n, 0, 'target'))).at(-1)).toBe('80 reply READLINK');
  });

  test('waits for no reply to FORGET', () => {
    const forget = writeRequest({ opcode: Opcode.FORGET, unique: 2n }, { structs: [], data: new Uint8Array(8) });
    expect(say(all(forget, reply(2n)))).toEqual(['0 request FORGET', '48 reply']);
  });

  test('stops where a length cannot be, and keeps nothing of what follows', () => {
    const huge = new Uint8Array(16);
    new DataView(huge.buffer).setUint32(0, MAX_STREAM_MESSAGE + 1, true);
    expect(say(all(request(1, 2n), huge, captured)).at(-1)).toBe('40 -  E_TOO_BIG');
    expect(say(all(new Uint8Array(16), captured))).toEqual(['0 -  E_LEN']);
  });

  test('names the other byte order by its INIT', () => {
    const swapped = captured.slice(0, 104);
    for (let at = 0; at < 40; at += 4) swapped.subarray(at, at + 4).reverse();
    expect(say(all(swapped))).toEqual(['0 -  E_ENDIAN']);
  });
});
