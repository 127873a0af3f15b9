import { describe, expect, test } from 'vitest';
import { dueAt, firstLink, type Link, type LinkEvent, nextLink, waitMs } from './link.ts';

const walk = (...events: LinkEvent[]): Link => events.reduce(nextLink, firstLink);

describe('nextLink', () => {
  test('goes live when the socket opens', () => {
    expect(walk({ type: 'opened', at: 5 })).toEqual({ is: 'live', since: 5 });
  });

  test('keeps the moment of the loss through every new attempt', () => {
    const lost = walk({ type: 'opened', at: 5 }, { type: 'closed', at: 1000 });
    expect(lost).toEqual({ is: 'lost', lostAt: 1000, attempt: 0, retryAt: 1500 });
    const again = [{ type: 'due' }, { type: 'closed', at: 1600 }, { type: 'due' }, { type: 'closed', at: 2700 }] as const;
    expect(again.reduce(nextLink, lost)).toMatchObject({ is: 'lost', lostAt: 1000, attempt: 2 });
  });

  test('waits longer each time, and not forever', () => {
    expect([0, 1, 2, 3, 4, 5, 50].map(waitMs)).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
  });

  test('tries at once, and patiently from the start, when a person asks', () => {
    const lost: Link = { is: 'lost', lostAt: 1, attempt: 7, retryAt: 9000 };
    expect(nextLink(lost, { type: 'asked' })).toEqual({ is: 'connecting', attempt: 0, lostAt: 1 });
    expect(nextLink(lost, { type: 'due' })).toEqual({ is: 'connecting', attempt: 7, lostAt: 1 });
  });

  test('tells an agent that says no from one that is not there', () => {
    const refused = walk({ type: 'refused', at: 10, status: 401, message: 'no token', help: 'open the address' });
    expect(refused).toMatchObject({ is: 'refused', status: 401 });
    expect(dueAt(refused)).toBe(10_010);
    expect(nextLink(refused, { type: 'asked' }).is).toBe('connecting');
  });

  test('ignores what does not fit: a recording stays open when a socket closes late', () => {
    const file: Link = { is: 'file', name: 'a', rows: 3, damage: undefined };
    for (const event of [{ type: 'closed', at: 1 }, { type: 'opened', at: 1 }, { type: 'due' }] as const)
      expect(nextLink(file, event)).toBe(file);
  });
});

test('dueAt names a time exactly where something is waited for', () => {
  expect(dueAt(firstLink)).toBeUndefined();
  expect(dueAt(walk({ type: 'opened', at: 1 }))).toBeUndefined();
  expect(dueAt(walk({ type: 'closed', at: 100 }))).toBe(600);
});
