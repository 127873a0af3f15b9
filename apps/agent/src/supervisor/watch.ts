import { keepsFromCalls, lacking, refused, standing } from '../host/index.ts';
import type { CollectorReady, CollectorStart, ServerReady, ServerStart } from '../pipe/index.ts';
import { openFramePipe } from './frame-pipe.ts';
import type { Ground, Ready } from './ground.ts';
import { placePaths } from './place-paths.ts';
import { placeSpool } from './place-spool.ts';
import { noteInstance, provideTracefs } from './provide-tracefs.ts';
import { run } from './run.ts';

interface WatchOptions {
  readonly paths: readonly string[];
  /** Ask FIEMAP and cachestat again when events leave something unknown. */
  readonly refreshes: boolean;
  /** Of each CPU's trace buffer; otherwise chosen by the number of CPUs. */
  readonly bufferBytes?: number;
  /** When FUSE servers take requests and begin to answer: their system calls are traced. */
  readonly requestTimes: boolean;
  readonly port: number;
  /** 0: no recording. */
  readonly spoolBytes: number;
}

/**
 * `mapscope watch`: a collector that traces the filesystems of some paths, and a server. Ends as `runDemo` does. Throws `Refused` before anything is started:
 * E_PRIVILEGE, E_TRACEFS, and what `placePaths` says.
 */
export async function runWatch(options: WatchOptions, ground: Ground, onReady: (ready: Ready) => void): Promise<void> {
  if (ground.uid !== 0)
    throw refused(
      'E_PRIVILEGE',
      "watching takes trace events, which are root's",
      `Run it as root: sudo npx mapscope ${ground.command.join(' ')}`,
    );
  const missing = lacking('SYS_ADMIN', standing());
  if (missing) throw refused('E_PRIVILEGE', `watching takes trace events: ${missing.why}`, missing.remedy);
  const paths = await placePaths(options.paths);
  return run(ground, async (crew) => {
    const { settings, uid } = ground,
      { folder, id, note, record } = crew.run,
      source = `mapscope-${id}`,
      tracefs = await provideTracefs(crew.run, uid, source);
    if (tracefs.path === null) throw refused('E_TRACEFS', `nothing can be traced: ${tracefs.why}`, tracefs.help);
    if (options.requestTimes) {
      const hindrance = keepsFromCalls(tracefs.path);
      if (hindrance)
        throw refused(
          'E_TRACEFS',
          `the times of requests cannot be traced: ${hindrance.why}`,
          `${hindrance.remedy} Or leave out --request-times.`,
        );
    }
    noteInstance(crew.run, tracefs, source);

    const toServer = openFramePipe(),
      commands = openFramePipe(),
      { pipeBytes } = settings;
    const collector = crew.start<CollectorStart, CollectorReady>('collector', [toServer.writer, commands.reader], {
      run: folder,
      collects: 'paths',
      paths,
      except: [settings.stateDir, settings.runtimeDir, settings.logFile],
      refreshes: options.refreshes,
      ...(options.bufferBytes !== undefined && { bufferKb: Math.max(1, Math.floor(options.bufferBytes / 1024)) }),
      tracesCalls: options.requestTimes,
      tracefs,
      instance: source,
      pipeBytes,
    });
    const server = crew.start<ServerStart, ServerReady>('server', [toServer.reader, commands.writer], {
      version: ground.version,
      commandLine: ground.commandLine,
      mode: 'watch',
      recording: null,
      port: options.port,
      stateDir: settings.stateDir,
      page: ground.page,
      socket: record().socket,
      spool: placeSpool(undefined, options.spoolBytes, settings.stateDir, crew.run),
      mount: null,
      pipeBytes,
    });
    toServer.close();
    commands.close();
    await crew.during(collector.ready);
    const { url, recording } = await crew.during(server.ready);
    note({ url, recording });
    onReady({ url, mount: null, recording });
  });
}
