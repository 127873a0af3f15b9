import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FreeSpace } from './free-space.ts';

const FIRST = 4,
  END = 40;

describe('FreeSpace', () => {
  test('choose takes the goal, and as much as is free behind it', () => {
    const space = new FreeSpace(FIRST, END);
    space.take(12, 20);
    expect(space.choose(8, 10)).toEqual({ from: 8, to: 12 });
    expect(space.choose(30, 5)).toEqual({ from: 30, to: 35 });
  });

  test('choose goes on to the next run that is long enough when the goal is taken', () => {
    const space = new FreeSpace(FIRST, END);
    space.take(4, 10);
    space.take(12, 20);
    expect(space.choose(5, 4)).toEqual({ from: 20, to: 24 });
    expect(space.choose(5, 2)).toEqual({ from: 10, to: 12 });
  });

  test('choose begins again at the front behind the last run', () => {
    const space = new FreeSpace(FIRST, END);
    space.take(30, END);
    expect(space.choose(35, 3)).toEqual({ from: 4, to: 7 });
  });

  test('choose gives the longest run where none is long enough, unless `least` forbids', () => {
    const space = new FreeSpace(FIRST, END);
    space.take(6, 30);
    expect(space.choose(8, 20)).toEqual({ from: 30, to: 40 });
    expect(space.choose(8, 20, 11)).toBeUndefined();
  });

  test('take and give throw rather than let a block have two owners', () => {
    const space = new FreeSpace(FIRST, END);
    space.take(10, 12);
    expect(() => space.take(11, 13)).toThrow('not free');
    expect(() => space.give(9, 11)).toThrow('not in use');
    expect(() => space.give(0, 2)).toThrow('not in use');
  });

  test('letGo throws for a block that was given back twice', () => {
    const space = new FreeSpace(FIRST, END);
    space.take(10, 14);
    space.give(10, 13);
    space.give(12, 14);
    expect(() => space.letGo()).toThrow('blocks 12 to 13 have a value already');
  });

  test('give holds blocks until letGo', () => {
    const space = new FreeSpace(FIRST, END);
    space.take(FIRST, END);
    space.give(10, 14);
    expect([space.free, space.held, space.choose(10, 4)]).toEqual([0, 4, undefined]);
    space.letGo();
    expect([space.free, space.held, space.choose(10, 4)]).toEqual([4, 0, { from: 10, to: 14 }]);
  });

  test('every step agrees with one cell a block', () => {
    const step = fc.record({
      goal: fc.integer({ min: FIRST, max: END - 1 }),
      want: fc.integer({ min: 1, max: 12 }),
      least: fc.integer({ min: 1, max: 6 }),
      does: fc.constantFrom('take', 'give', 'letGo'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const space = new FreeSpace(FIRST, END),
          dense = Array.from({ length: END }, (_, i): string => (i < FIRST ? 'x' : '.'));
        for (const { goal, want, least, does } of steps) {
          if (does === 'take') {
            const found = space.choose(goal, want, Math.min(least, want)),
              text = dense.join('');
            if (!found) expect(text.includes('.'.repeat(Math.min(least, want)))).toBe(false);
            else {
              expect(text.slice(found.from, found.to)).toBe('.'.repeat(found.to - found.from));
              expect(found.to - found.from).toBeGreaterThanOrEqual(Math.min(least, want));
              expect(found.to - found.from).toBeLessThanOrEqual(want);
              // The goal is taken where it can be.
              if (text.startsWith('.'.repeat(Math.min(least, want)), goal)) expect(found.from).toBe(goal);
              space.take(found.from, found.to);
              dense.fill('u', found.from, found.to);
            }
          } else if (does === 'give') {
            const from = dense.indexOf('u', goal),
              to = from < 0 ? -1 : Math.min(from + want, dense.findIndex((cell, i) => i > from && cell !== 'u') + 1 || END);
            const end = from < 0 ? -1 : dense.slice(from, to).findIndex((cell) => cell !== 'u');
            if (from >= 0) {
              const stop = end < 0 ? to : from + end;
              space.give(from, stop);
              dense.fill('h', from, stop);
            }
          } else {
            space.letGo();
            for (const [i, cell] of dense.entries()) if (cell === 'h') dense[i] = '.';
          }
          const count = (cell: string): number => dense.filter((other) => other === cell).length;
          expect([space.free, space.held]).toEqual([count('.'), count('h')]);
        }
      }),
    );
  });
});
