import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { program } from './program.ts';

declare const MAPSCOPE_VERSION: string;

/* The command line: finds out once where it runs, and hands that to the command. */
const programs = dirname(fileURLToPath(import.meta.url));

process.exitCode = await program(process.argv.slice(2), {
  version: MAPSCOPE_VERSION,
  surroundings: { env: process.env, uid: process.getuid?.() ?? 0, home: homedir(), tmp: tmpdir() },
  programs,
  page: join(programs, '../../web/dist'),
  get stdin() {
    // Looked at only by who reads it: a terminal that is opened keeps the process alive.
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
});
