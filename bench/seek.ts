// Seeks in a recording in a process of its own, as any user's: prints one line of JSON. `seek.ts FILE SEEKS`
import { open } from 'node:fs/promises';
import { bytesAt, inflateBlock } from '../apps/agent/src/recordings/index.ts';
import { measureSeeks, type Seeks } from './seeks.ts';

const [path, seeks] = process.argv.slice(2) as [string, string];
const file = await open(path),
  { size } = await file.stat(),
  before = process.cpuUsage();
const measured = await measureSeeks(
  { size, read: (at, length) => bytesAt(file, at, Math.min(length, size - at)) },
  inflateBlock,
  JSON.parse(seeks) as Seeks,
);
const { user, system } = process.cpuUsage(before);
process.stdout.write(`${JSON.stringify({ ...measured, cpuMs: (user + system) / 1000, rss: process.memoryUsage.rss() })}\n`);
await file.close();
