import { createWriteStream } from 'node:fs';
import { decodeTrailer, TRAILER_BYTES } from '@mapscope/shared/trace';
import { readSettings, refused, sayError } from '../../host/index.ts';
import { ask } from '../agent-socket.ts';
import { countOption } from '../numbers.ts';
import type { Run } from '../program.ts';
import { whichRun } from '../which-run.ts';

const ANSWER_WAIT_MS = 10_000;

export const record: Run<{ readonly output: string; readonly for?: string; readonly run?: string }> = async ({ place, voice, options }) => {
  const seconds = countOption('--for', options.for);
  const { record } = whichRun(readSettings(place.surroundings).runtimeDir, options.run);
  const { rest, socket } = await ask(record.socket, { record: {} }, ANSWER_WAIT_MS);
  const file = createWriteStream(options.output);
  let bytes = 0;
  const ended = new Promise<void>((resolve, reject) => {
    file.on('error', (error) =>
      reject(refused('E_OUTPUT', `${options.output} cannot be written: ${sayError(error)}`, 'Choose another file with -o', error)),
    );
    file.on('finish', resolve);
  });
  let tail = Buffer.alloc(0);
  const count = (piece: Buffer): void => {
    bytes += piece.length;
    tail = Buffer.concat([tail, piece.subarray(-TRAILER_BYTES)]).subarray(-TRAILER_BYTES);
  };
  socket.on('data', count);
  count(rest);
  file.write(rest);
  socket.pipe(file);
  socket.on('error', () => file.end());
  socket.resume();
  // Half closed: the agent sees it, writes the end of the recording, and closes.
  const stop = (): void => void socket.end();
  const timer = seconds === undefined ? undefined : setTimeout(stop, seconds * 1000);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, stop);
  voice.say(`Recording run ${record.id} to ${options.output}${seconds === undefined ? '; Ctrl-C ends it' : ` for ${seconds} s`}.`);
  try {
    await ended;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
  const isEnded = decodeTrailer(tail, bytes) !== undefined;
  voice.tell({ recording: options.output, bytes, ended: isEnded });
  voice.say(`${bytes} bytes.`);
  if (!isEnded)
    voice.hint(`The agent ended before the recording did: what it saw last is missing in ${options.output}. The rest can be read.`);
  return 0;
};
