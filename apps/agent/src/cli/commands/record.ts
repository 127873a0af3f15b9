import { createWriteStream } from 'node:fs';
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
  socket.on('data', (piece: Buffer) => (bytes += piece.length));
  bytes += rest.length;
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
  voice.tell({ recording: options.output, bytes });
  voice.say(`${bytes} bytes.`);
  return 0;
};
