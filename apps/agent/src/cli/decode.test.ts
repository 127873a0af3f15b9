import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Opcode, readIn, writeReply, writeRequest } from '@mapscope/shared/wire';
import { program } from './program.ts';
import { titled } from './testing/agent.ts';

const bin = fileURLToPath(new URL('../../bin/mapscope.js', import.meta.url)),
  bundle = fileURLToPath(new URL('../../dist/mapscope.js', import.meta.url)),
  fixtures = new URL('../../../../packages/shared/src/fixtures/', import.meta.url);
const why = existsSync(bundle) ? undefined : 'the agent is not built: npm run setup';

/** The command as a person starts it, with these bytes on its standard input. */
function mapscope(words: readonly string[], input: Uint8Array | string): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, 'decode', ...words], { cwd: '/', stdio: 'pipe' });
    let out = '',
      err = '';
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    child.on('error', reject).on('close', (code) => resolve({ code, out, err }));
    // It may have refused before it read everything.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

interface Vector {
  readonly name: string;
  readonly kind: string;
  readonly hex: string;
  readonly value: unknown;
  readonly valid: boolean;
  readonly code?: string;
  readonly level?: string;
  readonly warnings?: readonly string[];
  readonly context?: object;
}
const vectors = ['classic', 'daxdev', 'fmap', 'framing', 'iomap'].flatMap(
  (file) => JSON.parse(readFileSync(new URL(`vectors/${file}.json`, fixtures), 'utf8')) as Vector[],
);
const hexOf = (name: string): string => vectors.find((vector) => vector.name === name)!.hex;
const json = (out: string): Record<string, unknown> => JSON.parse(out) as Record<string, unknown>;
const lines = (out: string): Record<string, unknown>[] => out.trim().split('\n').map(json);

/** What a vector is asked with, and what has to come of it. */
const asked = ({ kind, context, value, valid, code, level, warnings = [] }: Vector) => ({
  options: ['--as', kind, '--json', ...(context ? ['--context', JSON.stringify(context)] : [])],
  expected: { status: valid ? 0 : 1, valid, value, code, level, warnings },
});
function foundIn(status: number | null, out: string) {
  const { valid, value = null, error, warnings = [] } = json(out) as { error?: { code: string; level: string } } & Record<string, unknown>;
  return { status, valid, value, code: error?.code, level: error?.level, warnings };
}

describe('decode --json', () => {
  test.each(vectors.map((vector) => [vector.name, vector] as const))('gives %s its verdict', async (_, vector) => {
    const { options, expected } = asked(vector),
      stdout = new PassThrough(),
      surroundings = { env: {}, uid: 0, home: '/', tmp: '/' };
    const place = { version: '', surroundings, programs: '/', page: '/', stdin: Readable.from([vector.hex]), stdout, stderr: stdout };
    const status = await program(['decode', ...options], place);
    expect(foundIn(status, String(stdout.read()))).toEqual(expected);
  });
});

describe.skipIf(why)(titled('mapscope decode', why), { timeout: 120_000 }, () => {
  /** One of each kind and verdict: a process each. */
  const some = vectors.filter((one, i) => vectors.findIndex(({ kind, code }) => kind === one.kind && code === one.code) === i);

  test('gives vectors of every kind and every code their verdict, as JSON and as exit status', async () => {
    const waiting = some.filter((_, i) => i % 4 === 0);
    expect(waiting.length).toBeGreaterThan(12);
    for (const [i, vector] of waiting.entries()) {
      const { options, expected } = asked(vector);
      // Hex and bytes take turns.
      const { code, out, err } = await (i % 2
        ? mapscope(options, vector.hex)
        : mapscope([...options, '--from', 'binary'], Buffer.from(vector.hex, 'hex')));
      expect({ name: vector.name, ...foundIn(code, out), err }).toEqual({ name: vector.name, ...expected, err: '' });
    }
  });

  test('explains each byte to a person, flags with their sentences', async () => {
    const { code, out, err } = await mapscope(['--as', 'iomap_begin_in'], hexOf('begin_in.dax_write_fault'));
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n').slice(0, 6)).toEqual([
      'fuse_iomap_begin_in',
      '     0  09 01 00 00              opflags   WRITE|FAULT|DAX  the operation; no bit: a buffered read',
      '                                           WRITE: data will be written',
      '                                           FAULT: a page fault',
      '                                           DAX: direct access to persistent memory',
      '     4  00 00 00 00              reserved  0                zero when sent, looked past when received',
    ]);
  });

  test('says to a person why bytes are refused, on standard error', async () => {
    expect(await mapscope(['--as', 'fuse_daxdev_out'], hexOf('daxdev.truncated'))).toMatchObject({
      code: 1,
      err: '✕ E_SIZE: fuse_daxdev_out is 279 bytes, allowed: 280 (byte 279)\n',
    });
    expect(await mapscope(['--as', 'iomap_begin_out'], hexOf('begin_out.mapped_null_dev'))).toMatchObject({
      code: 1,
      err: '✕ E_NEED_DEV read: MAPPED and UNWRITTEN name a device; found 0 (protocol.md 4.1)\n',
    });
  });

  test('explains the body of a request, and of a reply when it is told what was asked', async () => {
    const request = await mapscope(['--as', 'request', '--json'], hexOf('request.iomap_end'));
    expect(json(request.out)).toMatchObject({ valid: true, name: 'IOMAP_END', body: { iomap_end_in: { written: '-5' } } });
    const bare = await mapscope(['--as', 'request', '--json'], hexOf('request.init_without_body'));
    expect(json(bare.out)).toMatchObject({ valid: true, name: 'INIT', body_error: { code: 'E_SHORT' } });
    const reply = await mapscope(['--as', 'reply', '--opcode', 'iomap_begin', '--json'], hexOf('reply.iomap_begin'));
    expect(json(reply.out)).toMatchObject({ valid: true, name: 'IOMAP_BEGIN', body: { iomap_begin_out: { read: { type: 2 } } } });
  });

  test('takes what is asked by its name for what it means, and 54 for what only an INIT would decide', async () => {
    const reply = Buffer.from(writeReply({ unique: 2n }, Buffer.from(hexOf('simple.one'), 'hex'))).toString('hex');
    const named = json((await mapscope(['--as', 'reply', '--opcode', 'get_fmap', '--json'], reply)).out);
    expect(named).toMatchObject({ valid: true, name: 'GET_FMAP', body: { fmap: { nextents: 1 } } });
    const numbered = json((await mapscope(['--as', 'reply', '--opcode', '54', '--json'], reply)).out);
    expect(numbered).toMatchObject({ valid: true, name: 'op 54?' });
    expect(numbered).not.toHaveProperty('body');
  });

  test('says which rules were not judged for want of a context', async () => {
    const out = json((await mapscope(['--as', 'iomap_begin_out', '--json'], hexOf('begin_out.unaligned_length'))).out);
    expect(out).toMatchObject({ valid: true, unchecked: expect.arrayContaining(['E_ALIGN', 'E_NO_COVER']) });
    const context = ['--context', '{"pos":0,"count":4096,"opflags":"WRITE|ATOMIC","blocksize":512}'];
    const asked = json((await mapscope(['--as', 'iomap_begin_out', '--json', ...context], hexOf('begin_out.mapped_overwrite'))).out);
    expect(asked).toMatchObject({ valid: false, error: { code: 'E_ATOMIC', level: 'rule' } });
  });

  test.each([
    [['--as', 'nonsense'], '', /^"nonsense" is no kind of bytes\. There are fuse-stream, request, reply, fmap, .*write_out.*\.\n$/],
    [['--as', 'in_header'], 'abc', /^Standard input has an odd number of hex digits\. /],
    [['--as', 'in_header', '--from', 'hex'], '0x12 zz', /^Standard input has "z" among its hex digits, as character 6\. /],
    [['--as', 'in_header'], '28000000 0100O000', /^Standard input has "O" among its hex digits, as character 14\. .* --from binary\.\n$/],
    [['--as', 'in_header'], '00000000: 2800 0000', /^Standard input has ":" among its hex digits, as character 9\. Give .*xxd -p/],
    [['--as', 'in_header'], '280', /^Standard input has an odd number of hex digits\. /],
    [['--as', 'reply', '--opcode', 'READS'], '', /^--opcode is "READS", which is no opcode\. /],
    [['--as', 'iomap_begin_out', '--context', '[]'], '', /^--context is no JSON object: \[\]\. Give \{"pos":…/],
    [['--as', 'iomap_begin_out', '--context', '{"size":1}'], '', /^--context has "size", which is none of pos, /],
    [['--as', 'iomap_begin_out', '--context', '{"pos":"-1"}'], '', /^--context has "pos": "-1", which is no number\. /],
    [
      ['--as', 'iomap_begin_out', '--context', '{"pos":9007199254740993}'],
      '',
      /^--context has "pos" as a number that JSON rounds\. Give .* in quotes\.\n$/,
    ],
    [
      ['--as', 'iomap_begin_out', '--context', '{"opflags":4294967296}'],
      '',
      /^--context has "opflags": 4294967296, which is above 32 bits\. /,
    ],
    [['--as', 'iomap_begin_out', '--context', '{"blocksize":"0x100000000"}'], '', /^--context has "blocksize": .* above 32 bits\. /],
    [['--as', 'iomap_begin_out', '--context', '{"count":4096,"opflags":"WRITE"}'], '', /^--context has no "pos", and without it /],
    [['--from', 'octal'], '', /^Option '--from <form>' argument 'octal' is invalid\. /],
  ])('refuses %j in a sentence', async (words, input, sentence) => {
    expect(await mapscope(words, input)).toEqual({ code: 1, out: '', err: expect.stringMatching(sentence) });
  });

  test('takes text for the bytes that it is where most of it is no hex, and hex for bytes where that is asked', async () => {
    for (const [words, input] of [
      [[], 'hello world'],
      [['--from', 'binary'], '28000000'],
    ] as const)
      expect((await mapscope(['--as', 'in_header', ...words], input)).err).toMatch(
        new RegExp(`^✕ E_SIZE: fuse_in_header is ${input.length} bytes`),
      );
  });

  test('lists the names for scripts too', async () => {
    const { code, out } = await mapscope(['--as', 'nonsense', '--json'], '');
    expect([code, json(out)]).toMatchObject([1, { error: { code: 'E_KIND', help: expect.stringContaining('iomap_begin_out') } }]);
  });

  describe('--as fuse-stream', () => {
    const captured = readFileSync(new URL('fuse-stream/linux-6.18.bin', fixtures));

    test('gives a line for each message of a captured mount, each reply with the body of what was asked', async () => {
      const { code, out, err } = await mapscope(['--as', 'fuse-stream', '--json'], captured),
        messages = lines(out);
      expect([code, err]).toEqual([0, '']);
      expect(messages.length).toBe(105);
      expect(messages.every(({ valid }) => valid === true)).toBe(true);
      // FORGET has no reply.
      expect(messages.filter(({ side }) => side === 'request').length).toBe(53);
      expect(messages[1]).toMatchObject({
        at: 104,
        side: 'reply',
        name: 'INIT',
        value: { unique: '2', body: { init_out: { minor: 45, time_gran: 1 } } },
      });
      const write = messages.findIndex(({ name }) => name === 'WRITE');
      expect(messages.slice(write, write + 2)).toMatchObject([
        { side: 'request', value: { body: { write_in: { size: 5, write_flags: 1 }, data: { bytes: 5, hex: '68656c6c6f' } } } },
        { side: 'reply', value: { error: 0, body: { write_out: { size: 5 } } } },
      ]);
    });

    test('is the same for hex, and without --as', async () => {
      const [bytes, hex] = await Promise.all([
        mapscope(['--json'], captured),
        mapscope(['--json'], captured.toString('hex').replaceAll(/.{60}/g, '$&\n')),
      ]);
      expect(hex).toEqual(bytes);
    });

    test('says a line a message to a person', async () => {
      const { out } = await mapscope([], captured);
      expect(out.split('\n').slice(4, 6)).toEqual([
        '360  → LOOKUP #6 node 1  {"names":["d"]}',
        expect.stringMatching(/^402 {2}← LOOKUP #6 {2}\{"entry_out":/),
      ]);
    });

    const ask = (opcode: number, unique: bigint): Uint8Array => writeRequest({ opcode, unique, nodeid: 3n }, { structs: [] });
    /** The exchange of an INIT that agrees on these. */
    const init = (minor: number, bit: number): Uint8Array[] => {
      const body = Buffer.alloc(64);
      body.writeUInt32LE(7, 0);
      body.writeUInt32LE(minor, 4);
      body.writeUInt32LE((bit < 32 ? 0 : 1 << 30) >>> 0, 12);
      const answer = Buffer.from(body);
      body.writeUInt32LE(1 << (bit - 32), 16);
      answer.writeUInt32LE(1 << (bit - 32), 32);
      return [writeRequest({ opcode: Opcode.INIT, unique: 2n }, { structs: [], data: body }), writeReply({ unique: 2n }, answer)];
    };
    const names = async (...parts: Uint8Array[]): Promise<unknown[]> =>
      lines((await mapscope(['--json'], Buffer.concat([...parts, ask(53, 4n), ask(54, 6n), ask(55, 8n)]))).out)
        .slice(-3)
        .map(({ name }) => name);

    test('takes the meaning of opcodes 53 to 55 from INIT, and calls them unknown where none was seen', async () => {
      expect(await names()).toEqual(['unknown', 'unknown', 'unknown']);
      expect(await names(...init(45, 43))).toEqual(['COPY_FILE_RANGE_64', 'GET_FMAP', 'GET_DAXDEV']);
      expect(await names(...init(42, 42))).toEqual(['GET_FMAP', 'GET_DAXDEV', 'unknown']);
    });

    test('tells of a WRITE from the page cache that was answered short', async () => {
      const write = Buffer.alloc(40);
      write.writeUInt32LE(5, 16);
      write.writeUInt32LE(1, 20);
      const request = writeRequest(
          { opcode: Opcode.WRITE, unique: 4n },
          { structs: [], data: Buffer.concat([write, Buffer.from('12345')]) },
        ),
        short = writeReply({ unique: 4n }, Buffer.from('0200000000000000', 'hex'));
      const [, reply] = lines((await mapscope(['--json'], Buffer.concat([request, short]))).out);
      expect(reply).toMatchObject({
        valid: false,
        error: { code: 'E_SHORT_CACHED_WRITE', message: expect.stringContaining('found 2 of 5 bytes') },
      });
    });

    test('says what is wrong with a message, goes on behind it, and exits with 1', async () => {
      const read = writeRequest({ opcode: Opcode.READ, unique: 4n }, { structs: [], data: readIn.encode({}).subarray(0, 39) }),
        positive = writeReply({ unique: 4n, error: 95 }, { structs: [] });
      const { code, out } = await mapscope(['--json'], Buffer.concat([read, positive, captured.subarray(0, 104)]));
      expect(code).toBe(1);
      expect(lines(out)).toMatchObject([
        { side: 'request', valid: false, error: { code: 'E_SHORT', level: 'decode' } },
        { side: 'reply', valid: false, error: { code: 'E_ERRNO', level: 'rule' } },
        { side: 'request', name: 'INIT', valid: true },
      ]);
    });

    test('says where a stream is cut, or where nobody knows how it goes on', async () => {
      const cut = await mapscope(['--json'], captured.subarray(0, 103));
      expect([cut.code, lines(cut.out)]).toMatchObject([1, [{ at: 0, valid: false, error: { code: 'E_SHORT' } }]]);
      const lost = await mapscope(['--json'], Buffer.concat([captured.subarray(0, 104), Buffer.alloc(64), captured]));
      expect([lost.code, lines(lost.out)]).toMatchObject([1, [{ name: 'INIT' }, { at: 104, valid: false, error: { code: 'E_LEN' } }]]);
    });
  });
});
