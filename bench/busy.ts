import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Frame, openRecording, sourceOf } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import { inflateBlock } from '../apps/agent/src/recordings/index.ts';
import { Agent } from '../e2e/src/agent.ts';

/** What a real run of the demo's busy workload sent in so many seconds: the recording and its frames. */
export async function recordBusy(folder: string, seconds: number): Promise<{ readonly path: string; readonly frames: readonly Frame[] }> {
  const agent = new Agent(),
    path = join(folder, 'busy.mscope');
  try {
    await agent.start(['demo', '--workload', 'busy']);
    await agent.json('record', '-o', path, '--for', String(seconds));
  } finally {
    await agent.stop();
  }
  const opened = await openRecording(sourceOf(readFileSync(path)), inflateBlock);
  if (isFlaw(opened)) throw new Error(opened.code);
  const frames: Frame[] = [];
  for await (const it of opened.events()) if (!isFlaw(it)) frames.push(it);
  return { path, frames };
}
