import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Another program with everything that makes an end hard: it stands in a folder of the mount, has a file open there and dirty pages of it
 * mapped. Python, because Node has no mmap.
 */
const script = `
import mmap, os, sys
path = sys.argv[1]
os.chdir(os.path.dirname(path))
fd = os.open(path, os.O_RDWR | os.O_CREAT)
os.ftruncate(fd, 1 << 20)
pages = mmap.mmap(fd, 1 << 20)
for at in range(0, 1 << 20, 4096): pages[at] = 65
print('holds', flush=True)
sys.stdin.read()
`;

/** Writes to the end of a file and keeps it open: FUSE writes dirty pages back at every close(2). A line on its standard input is an fsync. */
const appending = `
import os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT | os.O_APPEND)
os.write(fd, bytes(int(sys.argv[2])))
print('holds', flush=True)
for line in sys.stdin:
    os.fsync(fd)
    print('holds', flush=True)
`;

/** Resolves once it holds. Killed by SIGKILL it must end: nobody may wait for the mount any more. */
export const hold = (path: string): Promise<ChildProcess> => start(script, path);

/** Resolves once `bytes` are written; `fsync` once they are on the device. */
export async function append(path: string, bytes: number): Promise<{ readonly child: ChildProcess; fsync(): Promise<void> }> {
  const child = await start(appending, path, `${bytes}`);
  return {
    child,
    async fsync() {
      child.stdin!.write('\n');
      await holds(child);
    },
  };
}

async function start(program: string, ...args: readonly string[]): Promise<ChildProcess> {
  const child = spawn('python3', ['-c', program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  await holds(child);
  return child;
}

async function holds(child: ChildProcess): Promise<void> {
  const [said] = (await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])) as [Buffer | number];
  if (!String(said).startsWith('h')) throw new Error(`the holder ended: ${String(said)}`);
}

/** Ends it, and says whether it could be ended within `waitMs`. */
export async function letGo(child: ChildProcess, waitMs: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true;
  child.kill('SIGKILL');
  const timer = AbortSignal.timeout(waitMs);
  return once(child, 'exit', { signal: timer }).then(
    () => true,
    () => false,
  );
}
