import { raiseDirtyLimit } from '../host/index.ts';
import type {
  CollectorReady,
  CollectorStart,
  ServerReady,
  ServerStart,
  SessionReady,
  SessionStart,
  WorkloadReady,
  WorkloadStart,
} from '../pipe/index.ts';
import { openFramePipe } from './frame-pipe.ts';
import type { Ground, Ready } from './ground.ts';
import { leaveMount } from './leave-mount.ts';
import { placeImages } from './place-images.ts';
import { placeMount } from './place-mount.ts';
import { placeSpool } from './place-spool.ts';
import { noteInstance, provideTracefs } from './provide-tracefs.ts';
import { run } from './run.ts';

interface DemoOptions {
  /** An empty folder; without it a temporary one. */
  readonly mount?: string;
  /** Keeps images and recording; without it they end with the run. */
  readonly dir?: string;
  readonly cache: 'writeback' | 'through';
  readonly workload: 'gentle' | 'busy' | 'none';
  readonly port: number;
  /** Where left out: what `dir` has, or the demo filesystem's own choice. */
  readonly devices?: number;
  /** Of each image. */
  readonly imageBytes?: number;
  readonly chunkBytes?: number;
  readonly strips?: number;
  /** 0: no recording. */
  readonly spoolBytes: number;
}

/** What the demo filesystem makes when it is not told: decides only where there is room for it. */
const USUAL_DEVICES = 4;
const USUAL_BYTES = 512 << 20;

/**
 * `mapscope demo`: a session that serves the demo filesystem, a collector, a server, and a workload that writes. Resolves when the run has
 * ended because somebody wanted it to; rejects with a Problem when it could not begin or go on. Either way nothing of it is left.
 */
export const runDemo = (options: DemoOptions, ground: Ground, onReady: (ready: Ready) => void): Promise<void> =>
  run(ground, async (crew) => {
    const { settings, uid, tmp } = ground,
      { folder, note, record, id } = crew.run,
      source = `mapscope-${id}`;
    const images = placeImages(options.dir, (options.devices ?? USUAL_DEVICES) * (options.imageBytes ?? USUAL_BYTES), crew.run, tmp);
    const mountpoint = await placeMount(options.mount, crew.run, tmp);
    note({ mounts: [{ path: mountpoint, type: 'fuse', source, device: null, fuseConnection: null }] });

    const fromSession = openFramePipe(),
      toServer = openFramePipe(),
      commands = openFramePipe();
    const { pipeBytes } = settings;

    const session = crew.start<SessionStart, SessionReady>('session', [fromSession.writer], {
      run: folder,
      source,
      mountpoint,
      cache: options.cache,
      images,
      isKept: options.dir !== undefined,
      devices: options.devices,
      imageBytes: options.imageBytes,
      chunkBytes: options.chunkBytes,
      strips: options.strips,
      pipeBytes,
    });
    crew.atEnd(() => leaveMount(mountpoint, source, session, crew));
    const { mount } = await crew.during(session.ready);
    note({ mounts: record().mounts.map((each) => (each.path === mountpoint ? { ...each, ...mount } : each)) });
    const limited = raiseDirtyLimit(mount.device);
    if (limited) crew.log.warn({ device: mount.device, why: limited }, 'the dirty limit of the mount stays low');

    const tracefs = await provideTracefs(crew.run, uid, source);
    noteInstance(crew.run, tracefs, source);
    const collector = crew.start<CollectorStart, CollectorReady>('collector', [toServer.writer, commands.reader, fromSession.reader], {
      run: folder,
      collects: 'mount',
      mount,
      tracefs,
      instance: source,
      pipeBytes,
    });
    fromSession.close();
    session.tell({ do: 'ignore', pid: collector.identity.pid });

    const server = crew.start<ServerStart, ServerReady>('server', [toServer.reader, commands.writer], {
      version: ground.version,
      commandLine: ground.commandLine,
      mode: 'demo',
      recording: null,
      port: options.port,
      stateDir: settings.stateDir,
      page: ground.page,
      socket: record().socket,
      spool: placeSpool(options.dir === undefined ? undefined : images, options.spoolBytes, settings.stateDir, crew.run),
      mount: mountpoint,
      pipeBytes,
    });
    toServer.close();
    commands.close();
    // A request names the thread that it is of.
    const { threads } = await crew.during(collector.ready);
    for (const pid of threads) session.tell({ do: 'ignore', pid });
    const { url, recording } = await crew.during(server.ready);
    note({ url, recording });

    if (options.workload !== 'none') {
      const workload = crew.start<WorkloadStart, WorkloadReady>('workload', [], { mount: mountpoint, pace: options.workload, seed: 1 });
      await crew.during(workload.ready);
    }
    onReady({ url, mount: mountpoint, recording });
  });
