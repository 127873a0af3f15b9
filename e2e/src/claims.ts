import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { kernelDev, ofStatDev } from '@mapscope/shared/units';
import type { Agent } from './agent.ts';

/** What the running model of `mapscope watch` says of a file (docs/architecture.md "Agent socket"). */
export interface Claims {
  readonly extents: readonly {
    readonly offset: string;
    readonly length: string;
    readonly addr: string | null;
    readonly type: string;
    readonly how: string;
  }[];
  readonly folios: readonly { readonly offset: string; readonly length: string; readonly state: string }[];
  readonly told: { readonly events: number; readonly refreshes: number };
}

/** Asked when everything up to now is in the model. */
export function claimsOf(agent: Agent, file: string): Promise<Claims> {
  const runs = join(agent.folder, 'run/runs'),
    { socket } = JSON.parse(readFileSync(join(runs, readdirSync(runs)[0]!, 'run.json'), 'utf8')) as { socket: string },
    { dev, ino } = statSync(file, { bigint: true });
  return new Promise((resolve, reject) => {
    let text = '';
    const asked = connect(socket);
    asked.setEncoding('utf8');
    asked.on('error', reject);
    asked.on('data', (piece: string) => (text += piece));
    asked.on('end', () => {
      const answer = JSON.parse(text) as Claims & { readonly error?: { readonly message: string } };
      if (answer.error) reject(new Error(answer.error.message));
      else resolve(answer);
    });
    const claims = { dev: kernelDev(ofStatDev(dev)), root: '0', ino: String(ino), until: String(process.hrtime.bigint()) };
    asked.write(`${JSON.stringify({ claims })}\n`);
  });
}
