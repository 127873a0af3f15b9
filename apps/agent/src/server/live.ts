import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Access, denials } from './access.ts';
import { type PageOptions, servePage } from './serve-page.ts';

export interface LiveOptions extends PageOptions {
  readonly access: Access;
}

/** A message names inodes at most; nothing longer is read. */
const MAX_MESSAGE = 64 << 10;
const MAX_CLIENTS = 64;
/** A page whose machine went away (a tunnel, a lid that was closed) is let go after so long without an answer. */
const PING_MS = 30_000;
/** WebSocket close code. Source: RFC 6455 7.4.1. */
const GOING_AWAY = 1001;

export interface Live {
  readonly clients: number;
  close(): void;
}

/** `/ws`: frames down, a few kinds of JSON up. Whoever sends anything else is told and cut off, and nobody else notices. */
export function openLive(server: Server, options: LiveOptions): Live {
  const { access } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false, clientTracking: true });
  const answered = new WeakSet<WebSocket>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Until ws has taken over, an error of the socket is nobody's.
    socket.on('error', () => undefined);
    const denied = access.deny(request);
    if (denied) return refuse(socket, denials[denied]);
    if (pathOf(request) !== '/ws')
      return refuse(socket, { status: 404, code: 'E_NOT_FOUND', message: 'There is no socket at this address', help: 'GET /ws' });
    if (sockets.clients.size >= MAX_CLIENTS)
      return refuse(socket, {
        status: 503,
        code: 'E_CLIENTS',
        message: `${MAX_CLIENTS} pages are open already`,
        help: 'Close one of them',
      });
    sockets.handleUpgrade(request, socket, head, (client) => {
      answered.add(client);
      client.on('pong', () => answered.add(client));
      servePage(client, options);
    });
  });
  const pinging = setInterval(() => {
    for (const client of sockets.clients) {
      if (!answered.delete(client)) client.terminate();
      else client.ping();
    }
  }, PING_MS);
  return {
    get clients() {
      return sockets.clients.size;
    },
    close: () => {
      clearInterval(pinging);
      for (const client of sockets.clients) client.close(GOING_AWAY, 'the agent ends');
    },
  };
}

const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0]!;

function refuse(
  socket: Duplex,
  { status, ...error }: { readonly status: number; readonly code: string; readonly message: string; readonly help: string },
): void {
  const body = JSON.stringify({ error });
  // Whoever was refused may keep his end open for ever: it is not ours to keep.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
