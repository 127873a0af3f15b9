import type { World } from './line.ts';

/** An answer without sentences of its own (a proxy's, say). */
const sayStatus = (status: number): { message: string; help: string } =>
  status === 401
    ? { message: 'This page has no token', help: 'Open the address that the agent printed: it carries one, once' }
    : { message: `The agent answered ${status}`, help: 'Open the address that the agent printed' };

/** The agent that served this page: its socket, its health, the wall clock. */
export const browserWorld = (): World => ({
  open(events) {
    const address = new URL('/ws', self.location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => events.opened());
    socket.addEventListener('close', () => events.closed());
    socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer | string>) =>
      typeof data === 'string' ? events.text(data) : events.bytes(new Uint8Array(data)),
    );
    return { send: (text) => socket.send(text), close: () => socket.close() };
  },
  async refusal() {
    try {
      const answer = await fetch('/api/health', { cache: 'no-store' });
      if (answer.status !== 401 && answer.status !== 403) return undefined;
      return { status: answer.status, ...sayStatus(answer.status), ...wordsOf(await answer.json().catch(() => undefined)) };
    } catch {
      return undefined;
    }
  },
  now: () => Date.now(),
  later(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
});

/** `{"error":{"message","help"}}`, as every refusal of the agent has it. */
function wordsOf(body: unknown): { message?: string; help?: string } {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  if (typeof error !== 'object' || error === null) return {};
  const { message, help } = error as { message?: unknown; help?: unknown };
  return { ...(typeof message === 'string' && { message }), ...(typeof help === 'string' && { help }) };
}
