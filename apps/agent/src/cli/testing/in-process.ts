import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { program } from '../program.ts';

export interface Answered {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command line in this process, in which a debugger can stop: for commands that start no others. It keeps to `folder`. */
export async function inProcess(folder: string, argv: readonly string[]): Promise<Answered> {
  const stdout = new PassThrough(),
    stderr = new PassThrough(),
    text = { out: '', err: '' };
  stdout.on('data', (piece: Buffer) => (text.out += piece.toString()));
  stderr.on('data', (piece: Buffer) => (text.err += piece.toString()));
  const env = { MAPSCOPE_RUNTIME_DIR: folder, MAPSCOPE_STATE_DIR: folder },
    surroundings = { env, uid: process.getuid!(), home: folder, tmp: folder };
  const place = { version: '1.2.3', surroundings, programs: folder, page: folder, stdin: new PassThrough(), stdout, stderr };
  const code = await program(argv, place);
  await setImmediate();
  return { code, ...text };
}
