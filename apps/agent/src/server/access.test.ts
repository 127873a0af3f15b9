import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { Access } from './access.ts';
import { Rate } from './rate.ts';
import { isSame } from './token.ts';

describe('isSame', () => {
  test('compares whatever it is given, of any length', () => {
    expect(isSame('abc', 'abc')).toBe(true);
    for (const guess of ['', 'ab', 'abcd', 'ABC', '\u{1f600}']) expect(isSame(guess, 'abc')).toBe(false);
  });
});

describe('Access', () => {
  const access = new Access(7070, { token: 'T', hosts: ['agent.example:443'] });
  const from = (headers: Record<string, string>, method = 'GET'): IncomingMessage => ({ headers, method }) as unknown as IncomingMessage;
  const cookie = access.cookie.split(';')[0]!;

  test.each(['127.0.0.1:7070', 'localhost:7070', 'LOCALHOST:7070', '[::1]:7070', 'agent.example:443'])('lets the host %s in', (host) => {
    expect(access.deny(from({ host, cookie }))).toBeUndefined();
  });

  test.each([
    '',
    '127.0.0.1',
    '127.0.0.1:7071',
    'evil.example',
    'evil.example:7070',
    'localhost.evil.example:7070',
    '127.0.0.1:7070.evil.example',
    '127.0.0.1:7070@evil.example',
  ])('keeps the host %j out', (host) => {
    expect(access.deny(from({ host, cookie }))).toBe('host');
  });

  test('keeps a foreign origin away from everything, whatever cookie it brings', () => {
    const host = '127.0.0.1:7070';
    for (const origin of [
      'http://evil.example',
      'null',
      'https://127.0.0.1:7070',
      'http://127.0.0.1:7071',
      'http://127.0.0.1:7070.evil.example',
    ]) {
      expect(access.deny(from({ host, cookie, origin }))).toBe('origin');
      expect(access.deny(from({ host, cookie, origin }, 'POST'))).toBe('origin');
    }
    expect(access.deny(from({ host, cookie, origin: 'http://localhost:7070' }))).toBeUndefined();
    // A program that is no browser says no origin; it has to have the cookie.
    expect(access.deny(from({ host, cookie }))).toBeUndefined();
    expect(access.deny(from({ host }))).toBe('token');
  });

  test('finds its cookie among others, and no cookie of another port', () => {
    const host = '127.0.0.1:7070';
    expect(access.deny(from({ host, cookie: `a=b; mapscope-7071=T;${cookie} ; c` }))).toBeUndefined();
    for (const wrong of ['', 'mapscope-7070', 'mapscope-7070=', 'mapscope-7070=U', 'mapscope-7071=T', 'xmapscope-7070=T'])
      expect(access.deny(from({ host, cookie: wrong }))).toBe('token');
  });
});

describe('Rate', () => {
  test('lets a burst through, then so many a second', () => {
    const rate = new Rate(10, 3, 0);
    expect([0, 0, 0, 0].map((at) => rate.take(at))).toEqual([true, true, true, false]);
    expect([50, 100, 150, 199, 200].map((at) => rate.take(at))).toEqual([false, true, false, false, true]);
    expect([10_000, 10_000, 10_000, 10_000].map((at) => rate.take(at))).toEqual([true, true, true, false]);
  });
});
