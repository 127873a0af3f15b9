import { join } from 'node:path';

/** Programs of the agent as they are now, without what a build puts beside them (`scripts/programs.mjs`). */
const programOf = (name: string): string => join(process.env['MAPSCOPE_PROGRAMS']!, `${name}.mjs`);

export const serverProgram = programOf('server');
export const collectorProgram = programOf('collector');
