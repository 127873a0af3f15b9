import type { Server } from 'node:http';
import { join } from 'node:path';
import { createModel, type Model } from '@mapscope/shared/model';
import { makeFolder, pageSize, refused, sayError } from '../host/index.ts';
import type { ServerStart } from '../pipe/index.ts';
import { type AgentSocket, openAgentSocket } from './agent-socket.ts';
import { listen } from './listen.ts';
import { loadPage, type PageFile } from './page-files.ts';
import { Player } from './player.ts';
import { keepToken } from './token.ts';

/** Everything that has to be read or opened while this process still may. */
export interface Opened {
  readonly token: string;
  readonly page: ReadonlyMap<string, PageFile>;
  readonly server: Server;
  readonly port: number;
  readonly socket: AgentSocket;
  /** The one folder that is left to it. */
  readonly folder: string;
  readonly player: Player | undefined;
  /** What is so before the first frame. */
  readonly model: Model;
}

/** Throws `Refused` where something cannot be had. */
export async function openAll(start: ServerStart): Promise<Opened> {
  const player = start.recording === null ? undefined : await Player.open(start.recording);
  const { token, folder } = stateOf(start),
    { server, port } = await listen(start.port);
  return {
    token,
    page: loadPage(start.page),
    server,
    port,
    socket: await openAgentSocket(start.socket),
    folder,
    player,
    model: player ? await player.firstModel() : createModel({ pageSize: BigInt(pageSize()) }),
  };
}

/** The token, and the folder that it will keep to. */
function stateOf({ stateDir, spool }: ServerStart): { readonly token: string; readonly folder: string } {
  try {
    const folder = spool?.folder ?? join(stateDir, 'spool');
    makeFolder(folder);
    return { token: keepToken(stateDir), folder };
  } catch (error) {
    throw refused(
      'E_STATE',
      `${stateDir} cannot be written: ${sayError(error)}`,
      'Make room there, or choose another folder with MAPSCOPE_STATE_DIR',
      error,
    );
  }
}
