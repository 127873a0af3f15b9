import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { takeLeash } from './leash.ts';
import type { Order } from './roles.ts';

const lines = (stream: PassThrough): unknown[] =>
  String(stream.read() ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve())));

describe('takeLeash', () => {
  test('does not fall over a supervisor that no longer listens: the end of the leash says the same', async () => {
    const down = new PassThrough(),
      up = new Writable({ write: (_piece, _encoding, done) => done(new Error('EPIPE')) }),
      taking = takeLeash<object, object>(() => undefined, down, up),
      closed = new Promise<void>((resolve) => up.on('close', resolve));
    down.write('{"do":"start","with":{}}\n');
    const leash = await taking;
    leash.ready({});
    leash.ask('stop');
    await closed;
    down.end();
    await aborted(leash.signal);
    expect(leash.signal.reason).toBe('gone');
  });

  test('resolves with the first order, passes later ones on, and says what the child has to say', async () => {
    const down = new PassThrough(),
      up = new PassThrough(),
      orders: Order[] = [];
    const taking = takeLeash<{ port: number }, { url: string }>((order) => orders.push(order), down, up);
    down.write('{"do":"start","with":{"port":7}}\nnot JSON\n{"do":"ignore","pid":12}\n');
    const leash = await taking;
    expect(leash.start).toEqual({ port: 7 });
    expect(orders).toEqual([{ do: 'ignore', pid: 12 }]);
    leash.ready({ url: 'x' });
    leash.ask('stop');
    expect(lines(up)).toEqual([{ ready: { url: 'x' } }, { asked: 'stop' }]);
    expect(leash.signal.aborted).toBe(false);
    down.write('{"do":"stop"}\n');
    await aborted(leash.signal);
    expect(leash.signal.reason).toBe('stop');
  });

  test('aborts with "gone" when the supervisor is gone', async () => {
    const down = new PassThrough(),
      taking = takeLeash(undefined, down, new PassThrough());
    down.write('{"do":"start","with":{}}\n');
    const { signal } = await taking;
    down.end();
    await aborted(signal);
    expect(signal.reason).toBe('gone');
  });

  test('rejects when the supervisor leaves before it said what to do', async () => {
    const down = new PassThrough(),
      taking = takeLeash(undefined, down, new PassThrough());
    down.end('{"do":"sta');
    await expect(taking).rejects.toThrow('the supervisor left');
  });
});
