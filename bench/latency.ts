import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FolioState, Kind, MapLayer, MapType } from '@mapscope/shared/trace';
import { WebSocket } from 'ws';
import { Agent } from '../e2e/src/agent.ts';
import { print, quantile } from './measure.ts';
import { cpuMs, sayCpu } from './processes.ts';
import { decoded } from './reducing.ts';

const SECONDS = 5;

/** Subscribes to everything and calls back with each frame, returning credits as the page's worker does. */
async function listen(url: string, onFrame: (bytes: Uint8Array, at: bigint) => void): Promise<() => void> {
  const address = new URL(url);
  const first = await fetch(url, { redirect: 'manual' });
  const cookie = first.headers
    .getSetCookie()
    .map((line) => line.split(';')[0]!)
    .join('; ');
  const socket = new WebSocket(`ws://${address.host}/ws`, { headers: { cookie, origin: address.origin } });
  socket.binaryType = 'arraybuffer';
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  socket.on('message', (data: ArrayBuffer, isBinary: boolean) => {
    if (!isBinary) return;
    const at = process.hrtime.bigint(),
      bytes = new Uint8Array(data);
    socket.send(JSON.stringify({ id: 1, credit: bytes.length }));
    onFrame(bytes, at);
  });
  socket.send(JSON.stringify({ id: 1, subscribe: { inodes: 'all', credits: 8 << 20 } }));
  return () => socket.close();
}

/** A writer in a process of its own: prints `offset time` for every write that returned. */
function write(file: string, rate: number, direct: boolean): Promise<Map<bigint, bigint>> {
  const program = fileURLToPath(new URL('./writer.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--conditions=mapscope-src', '--import', 'tsx', program, file, String(rate), String(SECONDS), direct ? 'direct' : 'buffered'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`the writer ended with ${code}`));
      else
        resolve(
          new Map(
            text
              .trim()
              .split('\n')
              .map((line) => line.split(' ').map(BigInt) as [bigint, bigint]),
          ),
        );
    });
  });
}

/** From the return of a write to the frame that shows its folio dirty (buffered), or its mapping (O_DIRECT). Every write hits a fresh block. */
export async function latency(): Promise<void> {
  for (const direct of [false, true])
    for (const rate of [1000, 10_000]) {
      const agent = new Agent();
      try {
        await agent.start(['demo', '--workload', 'none', '--size', '1G']);
        // Looked into afterwards: what this process computes meanwhile is not what makes a frame late.
        const heard: { readonly bytes: Uint8Array; readonly at: bigint }[] = [];
        const stop = await listen(agent.url, (bytes, at) => heard.push({ bytes, at }));
        const before = cpuMs(agent.pid);
        const written = await write(join(agent.mount, 'plain/latency'), rate, direct);
        await new Promise((resolve) => setTimeout(resolve, 500));
        const after = cpuMs(agent.pid);
        stop();
        const shown = new Map<bigint, bigint>();
        for (const { bytes, at } of heard) {
          const frame = decoded(bytes);
          for (let i = 0; i < frame.count; i++) {
            const isWanted = direct
              ? frame.kind[i] === Kind.extent && frame.role[i] === MapLayer.data && frame.type[i] === MapType.MAPPED
              : frame.kind[i] === Kind.folio && (frame.type[i] === FolioState.dirty || frame.type[i] === FolioState.folioDirty);
            if (!isWanted) continue;
            const to = frame.offset[i]! + frame.length[i]!;
            for (let block = frame.offset[i]! - (frame.offset[i]! % 4096n); block < to; block += 4096n)
              if (!shown.has(block)) shown.set(block, at);
          }
        }
        const waits: number[] = [];
        let unseen = 0;
        for (const [offset, returned] of written) {
          const at = shown.get(offset);
          if (at === undefined) unseen++;
          else waits.push(Number(at - returned) / 1e6);
        }
        print({
          name: `${direct ? 'O_DIRECT write to its mapping shown' : 'buffered write to its folio shown dirty'} at ${rate} op/s`,
          ours: `p50 ${quantile(waits, 0.5).toFixed(1)} ms, p99 ${quantile(waits, 0.99).toFixed(1)} ms (goal p99 <= 100 ms)`,
          how: `${waits.length} writes of 4 KiB to fresh blocks, ${(written.size / SECONDS).toFixed(0)} op/s reached, ${unseen} never shown; a write cost ${sayCpu(before, after, written.size)}; clock from the write's return to the frame at a WebSocket client`,
        });
      } finally {
        await agent.stop();
      }
    }
}
