import { frameOf } from '@mapscope/shared/fixtures';
import { decodeFrame, type Frame, FrameBuilder, FrameFlag, Kind, stampSubscription } from '@mapscope/shared/trace';
import { describe, expect, test } from 'vitest';
import { Looking, Refusal } from './looking.ts';

const under = (id: number, rows = 1, flags = 0): Frame => {
  const builder = new FrameBuilder();
  for (let k = 0; k < rows; k++) builder.row(Kind.mark, BigInt(k));
  return decodeFrame(stampSubscription(builder.take(5n, { flags }), id)) as Frame;
};
const end = (id: number): Frame => under(id, 0, FrameFlag.keyframe | FrameFlag.sectionsEnd);

function stage(isUp = true): { looking: Looking; sent: Record<string, unknown>[] } {
  const sent: Record<string, unknown>[] = [];
  const looking = new Looking((message) => {
    if (isUp) sent.push(message as Record<string, unknown>);
    return isUp;
  });
  return { looking, sent };
}

describe('Looking', () => {
  test('gathers the state and the log of a moment until the agent says what it was', async () => {
    const { looking, sent } = stage(),
      asked = looking.stretch(7n);
    expect(sent[0]).toMatchObject({ id: 4, range: { from: '7', to: '7' } });
    for (const frame of [under(4), end(4), under(4, 2), under(4, 3)]) looking.frame(frame);
    expect(looking.text({ id: 4, range: { from: '2', until: '9', next: '10', damage: 1 } })).toBe(true);
    const { state, log, ...bounds } = await asked;
    expect(bounds).toEqual({ from: 2n, until: 9n, next: 10n, damage: 1 });
    expect([state.map(({ count }) => count), log.map(({ count }) => count)]).toEqual([
      [1, 0],
      [2, 3],
    ]);
    expect(sent.at(-1)).toEqual({ id: 4, unsubscribe: true });
  });

  test('gives credits back as frames come', () => {
    const { looking, sent } = stage();
    void looking.stretch(7n);
    const frame = under(4, 30_000);
    for (let bytes = 0; bytes < 1 << 20; bytes += frame.bytes.length) looking.frame(frame);
    expect(sent.slice(1).every((message) => typeof message['credit'] === 'number' && message['id'] === 4)).toBe(true);
    expect(sent.length).toBeGreaterThan(1);
  });

  test('lets a moment go that is no longer wanted, and what is still on its way of it', async () => {
    const { looking, sent } = stage(),
      gone = new AbortController(),
      older = looking.stretch(7n, gone.signal),
      newer = looking.stretch(8n);
    gone.abort();
    await expect(older).rejects.toThrow('abort');
    expect(sent.slice(1)).toMatchObject([
      { id: 5, range: { from: '8' } },
      { id: 4, unsubscribe: true },
    ]);
    looking.frame(under(4));
    expect(looking.text({ id: 4, range: { from: '1', until: '2', next: null, damage: 0 } })).toBe(true);
    looking.frame(end(5));
    looking.text({ id: 5, range: { from: '8', until: '8', next: null, damage: 0 } });
    const { state, next } = await newer;
    expect([state.length, next]).toEqual([1, undefined]);
  });

  test('hears how busy the recording was, by kinds that are drawn together', async () => {
    const { looking, sent } = stage(),
      asked = looking.overview(3);
    expect(sent[0]).toEqual({ id: 2, overview: 3 });
    const counts = {
      'op-begin': [1, 2, 3],
      extent: [0, 1, 0],
      layout: [1, 0, 0],
      folio: [9, 9, 9],
      message: [5, 5, 5],
      lost: [0, 2, 0],
      'of a newer version': [1, 1, 1],
    };
    looking.text({ id: 2, overview: { from: '10', step: '5', until: '25', bins: 3, counts } });
    const { counts: told, ...times } = await asked;
    expect(times).toEqual({ from: 10n, step: 5n, until: 25n });
    expect(Object.fromEntries(Object.entries(told).map(([kind, bins]) => [kind, [...bins]]))).toEqual({
      operations: [1, 2, 3],
      map: [1, 1, 0],
      cache: [9, 9, 9],
      device: [0, 0, 0],
      rows: [0, 0, 0],
      losses: [0, 2, 0],
    });
  });

  test('finds where a file was last touched, or nowhere', async () => {
    const { looking, sent } = stage(),
      asked = looking.find(7, 100n, -1);
    expect(sent[0]).toEqual({ id: 3, find: { inode: 7, at: '100', by: -1 } });
    looking.text({ id: 3, found: { at: '42' } });
    expect(await asked).toBe(42n);
    const none = looking.find(7, 42n, -1);
    looking.text({ id: 3, found: null });
    expect(await none).toBeUndefined();
  });

  test('says in sentences why the agent refuses', async () => {
    const { looking } = stage(),
      range = looking.stretch(1n),
      overview = looking.overview(1),
      refused = { code: 'E_NO_HISTORY', message: 'no recording is kept of this run', help: 'Start mapscope without --spool off' };
    looking.text({ id: 4, refused });
    looking.text({ id: 2, refused });
    for (const asked of [range, overview])
      await expect(asked).rejects.toEqual(
        new Refusal('E_NO_HISTORY', 'No recording is kept of this run. Start mapscope without --spool off.'),
      );
  });

  test('does not wait for a line that is not there, or breaks', async () => {
    const { looking: none } = stage(false);
    await expect(none.stretch(1n)).rejects.toThrow('no connection');
    const { looking } = stage(),
      asked = [looking.stretch(1n), looking.overview(1), looking.find(1, 1n, 1)];
    looking.broken();
    for (const one of asked) await expect(one).rejects.toThrow('no connection');
  });

  test('leaves what is not about the past to others', () => {
    const { looking } = stage();
    expect(looking.text({ id: 1, error: { code: 'E_MESSAGE' } })).toBe(false);
    looking.frame(decodeFrame(frameOf([]).bytes) as Frame);
  });
});
