import { describe, expect, test } from 'vitest';
import { busyness } from './quiet.ts';

/** A clock that is moved by hand. */
function byHand() {
  let due: (() => void) | undefined;
  return { later: (then: () => void) => ((due = then), () => (due = undefined)), pass: () => due?.(), isSet: () => due !== undefined };
}

describe('idle', () => {
  test('resolves at once when nothing is under way', async () => {
    await expect(busyness(byHand().later).idle()).resolves.toBeUndefined();
  });

  test('does not wait for what begins meanwhile: a live stream is never still', async () => {
    const busy = busyness(byHand().later),
      end = busy.begin('look'),
      idle = busy.idle();
    busy.begin('the next look');
    end();
    await expect(idle).resolves.toBeUndefined();
  });

  test('waits until the last thing has ended, and stops its clock', async () => {
    const clock = byHand(),
      busy = busyness(clock.later),
      endLook = busy.begin('look'),
      endDraw = busy.begin('draw'),
      idle = busy.idle();
    endLook();
    endLook();
    expect(busy.reasons()).toEqual(['draw']);
    endDraw();
    await expect(idle).resolves.toBeUndefined();
    expect(clock.isSet()).toBe(false);
  });

  test('names what is still under way when it gives up, each reason once', async () => {
    const clock = byHand(),
      busy = busyness(clock.later);
    busy.begin('sections');
    busy.begin('draw');
    busy.begin('draw');
    const idle = busy.idle(500);
    clock.pass();
    await expect(idle).rejects.toThrow('not idle after 500 ms: sections, draw');
  });
});
