import { resolve } from 'node:path';
import type { ServerReady, ServerStart } from '../pipe/index.ts';
import type { Ground, Ready } from './ground.ts';
import { run } from './run.ts';

/** `mapscope replay`: a server alone, on a recording, `speed` times as fast as it was. Ends as `runDemo` does. */
export const runReplay = (recording: string, speed: number, port: number, ground: Ground, onReady: (ready: Ready) => void): Promise<void> =>
  run(ground, async (crew) => {
    const server = crew.start<ServerStart, ServerReady>('server', [], {
      version: ground.version,
      commandLine: ground.commandLine,
      mode: 'replay',
      recording: resolve(recording),
      speed,
      port,
      stateDir: ground.settings.stateDir,
      page: ground.page,
      socket: crew.run.record().socket,
      spool: null,
      mount: null,
      pipeBytes: ground.settings.pipeBytes,
    });
    const { url } = await crew.during(server.ready);
    crew.run.note({ url, recording: resolve(recording) });
    onReady({ url, mount: null, recording: resolve(recording) });
  });
