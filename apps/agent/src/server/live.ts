import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Hub, Subscription } from '../hub/index.ts';
import { type Access, denials } from './access.ts';
import { type Message, parseMessage } from './messages.ts';
import { Rate } from './rate.ts';

export interface LiveOptions {
  readonly access: Access;
  readonly hub: Hub;
  /** A page wants these files looked at again. Nobody promises that it happens. */
  readonly refresh: (inodes: readonly number[]) => void;
  readonly log: (facts: object, sentence: string) => void;
}

/** A message names inodes at most; nothing longer is read. */
const MAX_MESSAGE = 64 << 10;
/** Bytes that Node keeps for a socket whose peer reads slowly. */
const MAX_BUFFERED = 4 << 20;
const MAX_CLIENTS = 64;
const MAX_SUBSCRIPTIONS = 8;
/** A page returns credits, sometimes once a frame, and sometimes catches up. */
const MESSAGES = { perSecond: 2000, burst: 4000 } as const;
const REFRESHES = { perSecond: 20, burst: 40 } as const;
/** A page whose machine went away (a tunnel, a lid that was closed) is let go after so long without an answer. */
const PING_MS = 30_000;
/** WebSocket close codes. Source: RFC 6455 7.4.1. */
const POLICY = 1008;
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
      serve(client, options);
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
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** One page. */
function serve(client: WebSocket, { hub, refresh, log }: LiveOptions): void {
  const subscriptions = new Map<number, { readonly subscription: Subscription; readonly leave: () => void }>();
  const rate = new Rate(MESSAGES.perSecond, MESSAGES.burst, performance.now()),
    refreshes = new Rate(REFRESHES.perSecond, REFRESHES.burst, performance.now());

  const cutOff = (id: number | null, code: string, message: string): void => {
    log({ code, message }, 'a page was cut off');
    client.send(JSON.stringify({ id, error: { code, message, help: 'docs/architecture.md "WebSocket" lists the messages' } }));
    client.close(POLICY, code);
    leaveAll();
  };
  const leaveAll = (): void => {
    for (const { leave } of subscriptions.values()) leave();
    subscriptions.clear();
  };
  const subscribe = (id: number, { inodes, credits }: Extract<Message, { subscribe: unknown }>['subscribe']): void => {
    subscriptions.get(id)?.leave();
    subscriptions.delete(id);
    if (subscriptions.size >= MAX_SUBSCRIPTIONS) return cutOff(id, 'E_SUBSCRIPTIONS', `a page may have ${MAX_SUBSCRIPTIONS} subscriptions`);
    const [subscription, leave] = hub.subscribe({
      id,
      inodes: inodes === 'all' ? 'all' : new Set(inodes),
      credits,
      send: (frame) => client.send(frame),
      room: () => MAX_BUFFERED - client.bufferedAmount,
    });
    subscriptions.set(id, { subscription, leave });
  };
  const obey = (message: Message): void => {
    const { id } = message;
    if ('subscribe' in message) return subscribe(id, message.subscribe);
    if ('refresh' in message) {
      if (refreshes.take(performance.now())) refresh(message.refresh);
      return;
    }
    const found = subscriptions.get(id);
    if (!found) return cutOff(id, 'E_NO_SUBSCRIPTION', `there is no subscription ${id}`);
    if ('credit' in message) found.subscription.credit(message.credit);
    else if ('pause' in message) found.subscription.pause(message.pause);
    else {
      found.leave();
      subscriptions.delete(id);
    }
  };
  client.on('message', (data: RawData, isBinary: boolean) => {
    if (client.readyState !== client.OPEN) return;
    if (!rate.take(performance.now())) return cutOff(null, 'E_RATE', `more than ${MESSAGES.perSecond} messages a second`);
    const message = isBinary ? 'it is binary' : parseMessage((data as Buffer).toString('utf8'));
    if (typeof message === 'string') cutOff(null, 'E_MESSAGE', message);
    else obey(message);
  });
  // ws has closed the connection already, with the code that fits: too long, no UTF-8, no WebSocket.
  client.on('error', (error) => log({ message: error.message }, 'a page broke the protocol'));
  client.on('close', leaveAll);
}
