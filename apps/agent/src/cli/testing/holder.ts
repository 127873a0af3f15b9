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

/** Resolves once it holds. Killed by SIGKILL it must end: nobody may wait for the mount any more. */
export async function hold(path: string): Promise<ChildProcess> {
  const child = spawn('python3', ['-c', script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [Buffer | number];
  if (!String(said).startsWith('h')) throw new Error(`the holder ended: ${String(said)}`);
  return child;
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
