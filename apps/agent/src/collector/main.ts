import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SourceId } from '@mapscope/shared/trace';
import { problem, sayFlaw } from '@mapscope/shared/units';
import { beNice, collectorThreadsBeside, ownThreads, Refused, releaseRun } from '../host/index.ts';
import { type Logger, openLog } from '../host/log.ts';
import { type CollectorReady, type CollectorStart, FrameWriter, readFrames, readLines, takeLeash } from '../pipe/index.ts';
import type { Collecting } from './collecting.ts';
import { Collection } from './collection.ts';
import { Watching } from './watch/watching.ts';

/*
 * The process that may look: root where we are. It takes frames from the session and commands from the server, gives merged frames, and when
 * the supervisor is killed it cleans up in its place. No network, and no path that came over one.
 */
const SERVER = 3;
const COMMANDS = 4;
/** Only of a mount of ours. */
const SESSION = 5;
/** A nice value: before the server, behind who is watched; of what the kernel records meanwhile its buffers hold a second. With 5 one writer on two CPUs was slowed by a tenth more than by readers in C, with 10 by a twentieth. */
const BEHIND_WATCHED = 10;
/** How long the session's last frames, and ours, may take to come and go. */
const LAST_FRAMES_MS = 1000;
/** How long a source may take to leave when nobody waits for it: one that hangs in the mount ends when the mount is aborted. */
const LEAVE_MS = 3000;

const leash = await takeLeash<CollectorStart, CollectorReady>();
// The leash would keep an ended collector alive.
process.exit(await collect());

async function collect(): Promise<number> {
  const { start, signal } = leash,
    log = openLog('collector', start.logLevel);
  const out = new FrameWriter(SERVER, start.pipeBytes, SourceId.collector, () => {
    leash.ask('tell-again');
    collection.lookAgain();
  });
  const common = { ...start, sink: (frame: Uint8Array) => out.send(frame), hasRoom: () => out.hasRoom, log };
  let collection: Collecting,
    sessionOver = Promise.resolve();
  if (start.collects === 'mount') {
    const ofMount = (collection = new Collection({ ...common, mount: start.mount }));
    sessionOver = readSession(ofMount, log);
  } else {
    beNice(BEHIND_WATCHED);
    collection = new Watching({ ...common, ...start, others: () => collectorThreadsBeside(start.run) });
  }
  readLines(
    new Socket({ fd: COMMANDS, readable: true, writable: false }),
    (line) => collection.command(line),
    () => undefined,
  );

  let isReady = false;
  const following = collection
    .follow(signal, () => {
      if (!isReady) void ownThreads().then((threads) => leash.ready({ threads: [...threads] }));
      isReady = true;
    })
    .then(
      () => true,
      (error: unknown) => refuse(error, log),
    );
  if ((await Promise.race([aborted(signal), following])) === false) return 1;
  await aborted(signal);
  if (signal.reason === 'gone') {
    await Promise.race([following, sleep(LEAVE_MS)]);
    log.warn('the supervisor is gone: cleaning up in its place');
    log.info(await releaseRun(start.run, LEAVE_MS), 'run released');
    return 1;
  }
  await following;
  await Promise.race([sessionOver, sleep(LAST_FRAMES_MS)]);
  await collection.end();
  await out.close(LAST_FRAMES_MS);
  log.info({ lost: out.lost }, 'collector ended');
  return 0;
}

/** Takes the session's frames; resolves with their end. */
function readSession(collection: Collection, log: Logger): Promise<void> {
  return new Promise((resolve) =>
    readFrames(
      SESSION,
      (frame) => collection.take(frame),
      (why) => {
        if (why) log.error({ why: sayFlaw(why) }, 'the stream of the session is out of step');
        collection.sessionEnded(why ? 'its stream was damaged' : '');
        resolve();
      },
    ),
  );
}

/** Tells the supervisor why this process cannot do its work. */
function refuse(error: unknown, log: Logger): false {
  log.error({ err: error }, 'the collector cannot go on');
  leash.failed(
    error instanceof Refused
      ? error.problem
      : problem(
          'E_BUG',
          `the collector failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          'Please report this',
        ),
  );
  return false;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
}
