import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { type BigRecording, writeBigRecording } from './big-recording.ts';
import { recordBusy } from './busy.ts';
import { print, quantile } from './measure.ts';
import { seekInBrowser } from './recording-browser.ts';
import { linesOf, readLines } from './recording-peer.ts';
import { inodesInView, type Measured, type Seeks } from './seeks.ts';

const EVENTS = 10_000_000;
const INODES = 100_000;
const SEEKS: Seeks = { seeks: 100, inView: 5, inodes: INODES };
/** Lines that the peer reads, of which the time for all of them is extrapolated: it has no other way than to read them all. */
const PEER_LINES = 200_000;
const BUSY_SECONDS = 10;

/** Bytes an event of a busy demo; then a recording of ten million events: opening it, and seeking to any time. */
export async function recording(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mapscope-bench-'));
  try {
    await busy(folder);
    const path = join(folder, 'big.mscope'),
      lines: string[] = [];
    const big = writeBigRecording(path, EVENTS, INODES, (frame) => lines.push(...linesOf(frame)) < PEER_LINES);
    sayBig(big);
    const peerMs = peer(lines.join('\n'), lines.length);
    inNode(path, peerMs);
    await seekInBrowser(path, SEEKS);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the recording of a real run takes on disk, its keyframes included, next to JSON lines of the same events packed the same way. */
async function busy(folder: string): Promise<void> {
  const { path, frames } = await recordBusy(folder, BUSY_SECONDS);
  const events = frames.reduce((sum, { count }) => sum + count, 0),
    lines = Buffer.from(frames.flatMap((frame) => linesOf(frame)).join('\n')),
    ours = statSync(path).size / events,
    theirs = deflateRawSync(lines, { level: 1 }).length / events;
  print({
    name: 'recording of the busy demo, bytes an event',
    ours: `${ours.toFixed(1)} (goal <= 16)`,
    peer: `${theirs.toFixed(1)} packed, ${(lines.length / events).toFixed(0)} as they are`,
    ratio: (ours / theirs).toFixed(2),
    how: `${events} events of ${BUSY_SECONDS} s, keyframes and index included; peer: the same events as JSON lines, deflate of the same level, without keyframes`,
  });
}

function sayBig({ events, inodes, bytes, keyframes, keyframeBytes, cpuMs, keyframeMs }: BigRecording): void {
  print({
    name: 'recording of 10 M events and 100 k inodes, made',
    ours: `${(bytes / events).toFixed(1)} bytes an event, ${((keyframeBytes / bytes) * 100).toFixed(0)} % of it ${keyframes} keyframes`,
    how: `${events} events, ${inodes} inodes, ${(bytes / 1e6).toFixed(0)} MB; reducing, packing and writing took ${(cpuMs / 1000).toFixed(0)} s of CPU, a keyframe ${keyframeMs.toFixed(0)} ms (median)`,
  });
}

/** Milliseconds for one line. */
function peer(text: string, lines: number): number {
  const wanted = new Set(inodesInView(0, SEEKS)),
    started = performance.now();
  if (readLines(text, wanted).size === 0) throw new Error('no files');
  return (performance.now() - started) / lines;
}

function inNode(path: string, peerMs: number): void {
  const program = fileURLToPath(new URL('./seek.ts', import.meta.url)),
    words = ['--conditions=mapscope-src', '--import', 'tsx', program, path, JSON.stringify(SEEKS)];
  const measured = JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as Measured & { cpuMs: number; rss: number },
    { openMs, blocks, events, waits, bytesRead, cpuMs, rss } = measured;
  print({
    name: 'opening 10 M events and 100 k inodes, Node',
    ours: `${openMs.toFixed(0)} ms (goal <= 2000)`,
    peer: `${((peerMs * events) / 1000).toFixed(0)} s`,
    ratio: (openMs / (peerMs * events)).toFixed(4),
    how: `${blocks} blocks in the index; peer: JSON lines into plain objects, ${PEER_LINES} lines extrapolated`,
  });
  const p95 = quantile(waits, 0.95);
  print({
    name: 'seek to any time, 5 inodes in view, Node',
    ours: `p50 ${quantile(waits, 0.5).toFixed(0)} ms, p95 ${p95.toFixed(0)} ms (goal <= 150)`,
    peer: `p95 ${((peerMs * events * 0.95) / 1000).toFixed(0)} s`,
    ratio: (p95 / (peerMs * events * 0.95)).toFixed(4),
    how: `${waits.length} seeks, list of all files and all operations included; ${(cpuMs / waits.length).toFixed(0)} ms of CPU and ${(bytesRead / waits.length / 1e6).toFixed(1)} MB read each, ${(rss / 1e6).toFixed(0)} MB of memory; peer: JSON lines up to then, extrapolated`,
  });
}
