import { hostname, release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '@mapscope/native';
import { SourceId } from '@mapscope/shared/trace';
import { sayFlaw } from '@mapscope/shared/units';
import { beNice, Refused } from '../host/index.ts';
import { type Logger, openLog } from '../host/log.ts';
import { Hub, type RecorderOptions } from '../hub/index.ts';
import { readFrames, type ServerReady, type ServerStart, takeLeash } from '../pipe/index.ts';
import { packBlock } from '../recordings/index.ts';
import { Access } from './access.ts';
import { collectorAt } from './commands.ts';
import { keepSpool } from './keep-spool.ts';
import { openLive } from './live.ts';
import { openAll, type Opened } from './opened.ts';
import { shed } from './shed.ts';
import { createWeb } from './web.ts';

/*
 * The process that a browser can reach. It opens what it needs, gives up everything it could do beyond it, and only then answers anybody.
 */
const FRAMES = 3;
const COMMANDS = 4;
/** A nice value. */
const BEHIND_OTHERS = 19;
/** How long the last frames may take to come. */
const LAST_FRAMES_MS = 1000;

const leash = await takeLeash<ServerStart, ServerReady>();
const log = openLog('server', leash.start.logLevel);
// The leash would keep an ended server alive.
process.exit(await server(leash.start));

async function server(start: ServerStart): Promise<number> {
  try {
    // Whoever is watched goes first: what comes meanwhile waits in the pipe.
    if (start.mode === 'watch') beNice(BEHIND_OTHERS);
    const opened = await openAll(start);
    shed(opened.folder);
    await serve(start, opened, log);
    return 0;
  } catch (error) {
    log.error({ err: error }, 'the server cannot go on');
    if (!(error instanceof Refused)) throw error;
    leash.failed(error.problem);
    return 1;
  }
}

async function serve(start: ServerStart, { token, page, server, port, socket, player, model }: Opened, log: Logger): Promise<void> {
  const { signal } = leash,
    hub = new Hub(model),
    access = new Access(port, { token, hosts: start.hosts });
  const recording = recordingsOf(start, hub);
  const spool = start.spool ? keepSpool(hub, start.spool, recording, log) : undefined;
  const collector = start.mode !== 'replay' ? collectorAt(COMMANDS) : undefined;
  const live = openLive(server, {
    access,
    hub,
    history: spool ?? player,
    refresh: (inodes) => collector?.refresh(inodes),
    log: (facts, sentence) => log.warn(facts, sentence),
  });
  let isLive = true;
  const health = (): object => ({
    ok: isLive,
    version: start.version,
    mode: start.mode,
    uptimeMs: Math.round(process.uptime() * 1000),
    ...factsOf(hub),
    clients: live.clients,
    spool: spool?.facts() ?? null,
  });
  server.on('request', createWeb({ access, page, health, failed: (error) => log.error({ err: error }, 'a request failed') }));
  socket.serve({ hub, health, ignore: (threads) => collector?.ignore(threads), stop: () => leash.ask('stop'), recording });

  const streamOver = player ? player.play(hub, start.speed ?? 1, signal) : takeFrames(hub).then(() => void (isLive = false));
  leash.ready({ url: `http://127.0.0.1:${port}/?token=${token}`, recording: start.spool?.folder ?? null });
  await aborted(signal);
  await Promise.race([streamOver, sleep(LAST_FRAMES_MS)]);
  live.close();
  server.close();
  await Promise.all([spool?.end(), socket.close(), player?.close()]);
  log.info(hub.facts().flaws > 0 ? { flaws: hub.facts().flaws } : {}, 'server ended');
}

/** Frames of the collector, until it ends. */
function takeFrames(hub: Hub): Promise<void> {
  return new Promise((resolve) =>
    readFrames(
      FRAMES,
      (bytes) => {
        const why = hub.take(bytes);
        if (why) log.error({ why: sayFlaw(why) }, 'a frame cannot be read');
      },
      (why) => {
        if (why) {
          log.error({ why: sayFlaw(why) }, 'the stream of the collector is out of step');
          hub.saySource(
            { name: 'collector', state: 'ended', why: 'its stream was damaged', help: 'Start mapscope again' },
            SourceId.collector,
          );
        }
        resolve();
      },
    ),
  );
}

/** Integers of 64 bits are decimal strings in JSON. */
function factsOf(hub: Hub): object {
  const { events, until, files, lost, late, flaws, clientBytes, sources } = hub.facts();
  return {
    model: { pid: process.pid, events, until: String(until), files },
    lost: String(lost),
    late: String(late),
    flaws,
    clientBytes,
    sources,
  };
}

/** For each recording its header: where and when it begins. What needs the system is asked now. */
function recordingsOf({ version, commandLine }: ServerStart, hub: Hub): () => RecorderOptions {
  const place = {
    mapscope: version,
    host: hostname(),
    kernel: release(),
    pageSize: Number(hub.model.pageSize),
    clock: 'CLOCK_MONOTONIC',
    commandLine,
  };
  return () => ({
    header: {
      ...place,
      sources: hub.facts().sources.map((source) => String((source as { name?: unknown }).name)),
      startedAt: new Date().toISOString(),
      startedAtTime: String(monotonic()),
    },
    ...packBlock,
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
}
