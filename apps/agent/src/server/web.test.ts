import { writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { serverProgram } from './testing/programs.ts';
import { Place, type Served } from './testing/served.ts';

let place: Place,
  served: Served,
  program = '';
beforeAll(async () => {
  program = serverProgram;
  place = new Place();
  writeFileSync(join(place.page, 'index.html'), '<!doctype html><title>the page</title>');
  writeFileSync(join(place.page, 'assets/app-0a1b2c3d4e.js'), 'export {};');
  writeFileSync(join(place.page, 'assets/app-0a1b2c3d4e.js.map'), '{}');
  served = await place.serve(program);
});
afterAll(async () => {
  await place.close();
});

const stranger = { cookie: undefined };

describe('the server, asked by a browser without its cookie', () => {
  test('answers 401 with a page that says how to get in, and nothing of the product', async () => {
    for (const path of ['/', '/index.html', '/assets/app-0a1b2c3d4e.js', '/nowhere']) {
      const { status, body, headers } = await served.ask(path, stranger);
      expect([path, status]).toEqual([path, 401]);
      expect(headers['content-type']).toMatch(/^text\/html/);
      expect(body).toContain('The address that it printed');
      expect(body).toContain('mapscope status');
      expect(body).not.toContain(served.token);
      expect(body).not.toContain('the page</title>');
    }
    expect((await served.ask('/way-in.css', stranger)).status).toBe(200);
  });

  test('answers 401 as JSON to a program', async () => {
    const { status, body, headers } = await served.ask('/api/health', stranger);
    expect([status, JSON.parse(body)]).toMatchObject([
      401,
      { error: { code: 'E_TOKEN', message: expect.any(String), help: expect.stringMatching(/address/) } },
    ]);
    expect(headers['cache-control']).toBe('no-store');
    expect((await served.ask('/assets/app-0a1b2c3d4e.js', { ...stranger, accept: '*/*' })).headers['content-type']).toMatch(/json/);
  });

  test('exchanges the token once for a cookie, and leads to an address without it', async () => {
    const { status, headers, body } = await served.ask(`/?token=${served.token}`, stranger);
    expect([status, headers.location]).toEqual([303, '/']);
    const [cookie] = headers['set-cookie']!;
    expect(cookie).toMatch(/^mapscope-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    expect(body).not.toContain(served.token);
    expect((await served.ask('/', { cookie: cookie!.split(';')[0] })).body).toContain('the page');
    const session = await served.ask(`/api/session?token=${served.token}`, stranger);
    expect([session.status, session.headers['set-cookie']]).toEqual([204, [cookie]]);
  });

  test.each(['', 'wrong', 'x'.repeat(43), '%00', 'a&token=b'])('does not take the token %j', async (token) => {
    expect((await served.ask(`/?token=${token}`, stranger)).status).toBe(401);
    expect((await served.ask(`/api/session?token=${token}`, stranger)).status).toBe(401);
    expect((await served.ask(`/?token=${token}`, stranger)).headers['set-cookie']).toBeUndefined();
  });
});

describe('the server', () => {
  test('serves the page, what it needs, and nothing else', async () => {
    const page = await served.ask('/');
    expect([page.status, page.headers['content-type'], page.headers['cache-control']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'private, no-cache',
    ]);
    const script = await served.ask('/assets/app-0a1b2c3d4e.js');
    expect([script.status, script.headers['content-type'], script.headers['cache-control']]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      'private, max-age=31536000, immutable',
    ]);
    expect((await served.ask('/', { 'if-none-match': page.headers.etag })).status).toBe(304);
    for (const path of [
      '/assets/app-0a1b2c3d4e.js.map',
      '/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/assets/',
      '/token',
      '/constructor',
      '/__proto__',
    ])
      expect([path, (await served.ask(path)).status]).toEqual([path, 404]);
  });

  test('answers 403 to any host but loopback with its port', async () => {
    for (const host of ['evil.example', `evil.example:${served.port}`, '127.0.0.1', '127.0.0.1:1', `127.0.0.1.evil.example:${served.port}`])
      expect([host, (await served.ask('/', { host })).status]).toEqual([host, 403]);
    for (const host of [`localhost:${served.port}`, `[::1]:${served.port}`]) expect((await served.ask('/', { host })).status).toBe(200);
    expect(JSON.parse((await served.ask('/api/health', { host: 'evil.example' })).body)).toMatchObject({ error: { code: 'E_HOST' } });
  });

  test('answers nothing that another page asks, though it brings the cookie', async () => {
    for (const path of ['/', '/api/health', '/way-in.css'])
      expect([path, (await served.ask(path, { origin: 'http://evil.example' })).status]).toEqual([path, 403]);
    expect((await served.ask('/api/health', { origin: `http://localhost:${served.port}` })).status).toBe(200);
  });

  test('refuses what is not GET: from another page with 403, from its own with 405', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect((await served.ask('/api/health', { origin: 'http://evil.example' }, method)).status).toBe(403);
      const own = await served.ask('/api/health', { origin: `http://127.0.0.1:${served.port}` }, method);
      expect([own.status, own.headers['allow']]).toEqual([405, 'GET, HEAD']);
    }
    expect((await served.ask('/', {}, 'HEAD')).status).toBe(200);
  });

  test('allows its page nothing from elsewhere, nothing inline, nothing from strings', async () => {
    for (const [path, headers] of [
      ['/', {}],
      ['/', stranger],
      ['/api/health', {}],
      ['/nowhere', {}],
      ['/', { host: 'evil.example' }],
    ] as const) {
      const policy = (await served.ask(path, headers)).headers['content-security-policy'] as string;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("worker-src 'self'");
      expect(policy).toContain("connect-src 'self'");
      expect(policy).not.toMatch(/unsafe|data:|blob:|https?:|\*|upgrade-insecure/);
    }
    const { headers } = await served.ask('/');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'SAMEORIGIN',
    });
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['strict-transport-security']).toBeUndefined();
  });

  test('keeps no connection of a socket that it has refused, whatever its other end does', async () => {
    const socket = connect({ port: served.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    socket.write(`GET /ws HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    socket.resume();
    const closed = new Promise((resolve) => socket.on('close', () => resolve('closed')));
    await once(socket, 'end');
    // Our end stays open. Into a connection that is gone nothing can be written.
    const writing = setInterval(() => socket.write('x'), 20);
    expect(await Promise.race([closed, sleep(5000)])).toBe('closed');
    clearInterval(writing);
  });

  test('takes so many connections and no more: the descriptors that its recording needs are not to be used up', async () => {
    const sockets = Array.from({ length: 600 }, () => connect({ port: served.port, host: '127.0.0.1' }));
    let dropped = 0;
    for (const socket of sockets) socket.on('error', () => undefined).on('close', () => dropped++);
    // Those that are let in have ten seconds to say what they want.
    await vi.waitUntil(() => dropped >= 80, { timeout: 5000 });
    for (const socket of sockets) socket.destroy();
    await vi.waitUntil(async () => (await served.ask('/').catch(() => undefined))?.status === 200, { timeout: 5000 });
  });

  test('answers a path that cannot be decoded, and goes on', async () => {
    expect((await served.ask('/%ff%fe')).status).toBeLessThan(500);
    expect((await served.ask('/')).status).toBe(200);
  });

  test('says in /api/health what it is and how it is', async () => {
    expect(await served.health()).toEqual({
      ok: true,
      version: 'test',
      mode: 'demo',
      uptimeMs: expect.any(Number),
      model: { pid: served.child.pid, events: 0, until: '0', files: 0 },
      lost: '0',
      late: '0',
      flaws: 0,
      clientBytes: 0,
      sources: [],
      clients: 0,
      spool: null,
    });
  });

  test('lets a browser back in after a new start, since the token is kept', async () => {
    const first = await place.serve(program, { socket: `${place.socket}.1` }),
      { port, cookie, token } = first;
    expect(await first.end()).toBe(0);
    const again = await place.serve(program, { port, socket: `${place.socket}.2` });
    expect([again.port, again.token]).toEqual([port, token]);
    expect((await again.ask('/', { cookie })).status).toBe(200);
  });

  test('cannot begin at a port that is taken, and says the way out', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      await expect(place.serve(program, { port, socket: `${place.socket}.3` })).rejects.toThrow(
        JSON.stringify({
          failed: {
            code: 'E_PORT_TAKEN',
            message: `port ${port} of 127.0.0.1 is taken by another program`,
            help: 'Choose another with --port; --port 0 picks a free one',
          },
        }),
      );
    } finally {
      other.close();
    }
  });

  test('says what is missing where the page was not built', async () => {
    const bare = await place.serve(program, { page: join(place.folder, 'none'), socket: `${place.socket}.4` });
    const { status, body } = await bare.ask('/');
    expect(status).toBe(503);
    expect(body).toContain('npm run setup');
  });
});
