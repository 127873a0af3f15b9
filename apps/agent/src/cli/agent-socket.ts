import { connect, type Socket } from 'node:net';
import { problem } from '@mapscope/shared/units';
import { Refused, refused, sayError } from '../host/index.ts';
import { parseLine } from '../pipe/index.ts';

/** An answer of the agent: its line, and what comes behind it. */
export interface Answer {
  readonly line: Readonly<Record<string, unknown>>;
  /** Bytes behind the line that have come with it already. */
  readonly rest: Buffer;
  readonly socket: Socket;
}

/** Longer than any file's map as one line. */
const MAX_ANSWER = 1 << 30;

/**
 * Asks the agent behind a 0600 socket one thing (docs/architecture.md "Agent socket"). Throws its own refusal, or E_AGENT when it does not
 * answer within `waitMs`. The caller ends the socket.
 */
export function ask(path: string, request: object, waitMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const pieces: Buffer[] = [];
    let length = 0;
    const fail = (why: string, cause?: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(refused('E_AGENT', `the agent ${why}`, '`mapscope status` shows what runs', cause));
    };
    const timer = setTimeout(() => fail(`does not answer (${waitMs} ms)`), waitMs);
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('error', (error) => fail(`cannot be reached: ${sayError(error)}`, error));
    socket.on('close', () => fail('has hung up'));
    socket.on('data', function take(piece: Buffer) {
      const end = piece.indexOf(10);
      pieces.push(piece);
      length += piece.length;
      if (length > MAX_ANSWER) return fail('answers without end');
      if (end < 0) return;
      clearTimeout(timer);
      socket.off('data', take);
      socket.removeAllListeners('close');
      socket.pause();
      const bytes = Buffer.concat(pieces),
        at = length - piece.length + end,
        line = parseLine(bytes.toString('utf8', 0, at));
      if (!line) return fail('gave an answer that is none');
      const error = line['error'] as { code: string; message: string; help: string } | undefined;
      if (error) {
        socket.destroy();
        return reject(new Refused(problem(error.code, error.message, error.help)));
      }
      resolve({ line, rest: bytes.subarray(at + 1), socket });
    });
  });
}

/** The line alone. */
export async function askOnce(path: string, request: object, waitMs: number): Promise<Answer['line']> {
  const { line, socket } = await ask(path, request, waitMs);
  socket.destroy();
  return line;
}
