import { madePieces, plainPieces } from './one-write.ts';

/* `node --expose-gc … model-memory.ts ours|peer N`: prints the bytes that a file of N extents takes, heap and buffers, by the engine's own count. */

const [what, n] = [process.argv[2], Number(process.argv[3])];
const collect = (globalThis as { gc?: () => void }).gc;

function used(): number {
  // More than once: what a buffer's finalizer lets go is seen by the next.
  for (let k = 0; k < 4; k++) collect?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const make = (extents: number): object => (what === 'ours' ? madePieces(extents) : plainPieces(extents));
// What the first use of the code itself takes is not the file's.
make(1000);
const before = used(),
  made = make(n),
  after = used();
process.stdout.write(`${after - before}\n`);
// Held until here.
if (Object.keys(made).length === 0) process.exit(1);
