import { createSession, fuseChannel, mountFuse, serve, type Session } from '@mapscope/fuse';
import { setIoFlusher } from '@mapscope/native';
import { SourceId } from '@mapscope/shared/trace';
import { isProblem, problem } from '@mapscope/shared/units';
import { openDemo } from '../demo/index.ts';
import { pageSize, releaseRun } from '../host/index.ts';
import { openLog } from '../host/log.ts';
import { FrameWriter, type SessionReady, type SessionStart, takeLeash } from '../pipe/index.ts';

/*
 * The process that serves one mount. It never opens, stats or maps a path of a mount of ours and stands in `/` (spec/live-facts.md 1): what it
 * opens are /dev/fuse, the images, and the pipes that it was given.
 */
const LEASH = 0;
const FRAMES = 3;
/** How long frames may take to leave behind the last request. */
const CLOSE_WAIT_MS = 1000;
/** A process that is killed closes the leash a moment before, or after, its lock. */
const LOCK_WAIT_MS = 3000;

const ownPids = new Set([process.pid]);
let isUnmountExpected = false,
  served: Session | undefined;
const leash = await takeLeash<SessionStart, SessionReady>((order) => {
  if (order.do === 'ignore') ownPids.add(order.pid);
  else if (order.do === 'expect-unmount') isUnmountExpected = true;
  else served?.tellAgain();
});
const { start, signal } = leash;
const log = openLog('session', start.logLevel);

const code = await session();
// The mount is dead by now, so that nothing here waits for it. Where the collector is first at the lock, it ends us.
if (signal.aborted && signal.reason === 'gone') await releaseRun(start.run, LOCK_WAIT_MS);
// The leash would keep an ended session alive.
process.exit(code);

async function session(): Promise<number> {
  const filesystem = openDemo({
    ...(start.isKept ? { dir: start.images } : { temp: start.images }),
    devices: start.devices,
    deviceBytes: start.imageBytes,
    chunk: start.chunkBytes,
    strips: start.strips,
  });
  if (isProblem(filesystem)) return refuse(filesystem);
  const isRoot = process.geteuid?.() === 0;
  const mount = await mountFuse({
    target: start.mountpoint,
    name: start.source,
    subtype: 'mapscope',
    // A plain user may not offer it to others; root's mount is for every program, held to the modes of the files.
    allowOther: isRoot,
    defaultPermissions: true,
  });
  if (isProblem(mount)) {
    filesystem.destroy();
    return refuse(mount);
  }
  const flusher = setIoFlusher();
  if (flusher < 0) log.info({ errno: -flusher }, 'not an I/O flusher');
  const frames = new FrameWriter(FRAMES, start.pipeBytes, SourceId.fuse, () => served?.tellAgain());
  const channel = fuseChannel(mount.fd);
  served = createSession({
    filesystem,
    channel,
    cache: start.cache,
    pageSize: pageSize(),
    sink: (frame) => frames.send(frame),
    hasRoom: () => frames.hasRoom,
    ownPids,
    log: (level, message, error) => log[level]({ err: error }, message),
  });
  leash.ready({ mount: { path: mount.target, device: `0:${mount.connection}`, fuseConnection: mount.connection } });
  const isUnmounted = await serve(served, { fd: mount.fd, wakeFds: [LEASH], signal });
  channel.close();
  if (signal.reason !== 'gone') await frames.close(CLOSE_WAIT_MS);
  log.info({ isUnmounted, lost: frames.lost, unknown: [...served.unknown] }, 'session ended');
  if (isUnmounted && !isUnmountExpected && !signal.aborted)
    return refuse(problem('E_UNMOUNTED', `${mount.target} was unmounted by somebody else`, 'Start mapscope again'));
  return 0;
}

function refuse(why: ReturnType<typeof problem>): number {
  log.error(why, 'session cannot go on');
  leash.failed(why);
  return 1;
}
