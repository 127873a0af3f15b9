import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SourceId } from '@mapscope/shared/trace';
import { sayFlaw } from '@mapscope/shared/units';
import { releaseRun } from '../host/index.ts';
import { openLog } from '../host/log.ts';
import { type CollectorReady, type CollectorStart, FrameWriter, readFrames, readLines, takeLeash } from '../pipe/index.ts';
import { Collection } from './collection.ts';

/*
 * The process that may look: root where we are. It takes frames from the session and commands from the server, gives merged frames, and when
 * the supervisor is killed it cleans up in its place. No network, and no path that came over one.
 */
const SESSION = 3;
const SERVER = 4;
const COMMANDS = 5;
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
  const collection = new Collection({ ...start, sink: (frame) => out.send(frame), hasRoom: () => out.hasRoom, log });
  const sessionOver = new Promise<void>((resolve) =>
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
  readLines(
    new Socket({ fd: COMMANDS, readable: true, writable: false }),
    (line) => collection.command(line),
    () => undefined,
  );

  let isReady = false;
  const watching = collection.watchFolios(signal, () => {
    if (!isReady) leash.ready({});
    isReady = true;
  });
  await aborted(signal);
  if (signal.reason === 'gone') {
    await Promise.race([watching, sleep(LEAVE_MS)]);
    log.warn('the supervisor is gone: cleaning up in its place');
    log.info(await releaseRun(start.run, LEAVE_MS), 'run released');
    return 1;
  }
  await watching;
  await Promise.race([sessionOver, sleep(LAST_FRAMES_MS)]);
  await collection.end();
  await out.close(LAST_FRAMES_MS);
  log.info({ lost: out.lost }, 'collector ended');
  return 0;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });
}
