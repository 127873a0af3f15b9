import { execFile, spawn } from 'node:child_process';
import { access, constants, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unmountFuse } from '@mapscope/fuse';
import { createModel, reduce } from '@mapscope/shared/model';
import type { Extent, Model } from '@mapscope/shared/model';
import { decodeFrame, frameSize, MapType } from '@mapscope/shared/trace';
import { isFlaw } from '@mapscope/shared/units';
import { folder, say } from './rig.ts';
import type { Order, Outcome } from './serve-demo.ts';

const run = promisify(execFile);

/** Why nothing can be mounted here; undefined where it can. */
export async function whyNoMount(): Promise<string | undefined> {
  if (process.geteuid?.() !== 0) return 'mounting the demo filesystem for this test needs root';
  return access('/dev/fuse', constants.R_OK | constants.W_OK).then(
    () => undefined,
    () => 'there is no /dev/fuse here',
  );
}

/** A mount served by a child. Only other children touch it, never the process that calls this. */
export interface MountedDemo {
  readonly target: string;
  /** Runs in the mount; what it printed. Rejects when it fails or takes a minute. */
  sh(script: string): Promise<string>;
  /** Unmounts; what the filesystem had, what the frames made of it, what the server complained of. */
  end(): Promise<{ outcome: Outcome; model: Model; log: string }>;
  /** Always. */
  remove(): Promise<void>;
}

export async function mountDemo(options: Omit<Order, 'target' | 'frames'>): Promise<MountedDemo> {
  const base = folder(),
    target = join(base, 'mount'),
    frames = join(base, 'frames'),
    order: Order = { ...options, target, frames };
  await mkdir(target);
  const server = spawn(process.execPath, [join(process.env['MAPSCOPE_PROGRAMS']!, 'serve-demo.mjs'), JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '',
    log = '',
    isReady = (): void => {};
  server.stdout.on('data', (part: Buffer) => {
    said += String(part);
    isReady();
  });
  server.stderr.on('data', (part: Buffer) => void (log += String(part)));
  const over = new Promise<void>((resolve) => void server.on('close', () => resolve()));
  const remove = async (): Promise<void> => {
    await unmountFuse(target, { force: true, detach: true });
    server.kill('SIGKILL');
    await over;
  };
  await Promise.race([new Promise<void>((resolve) => void (isReady = resolve)), over]);
  if (!said.startsWith('ready')) {
    await remove();
    throw new Error(`the server ended: ${log}`);
  }
  return {
    target,
    sh: async (script) =>
      (await run('timeout', ['60', 'bash', '-euo', 'pipefail', '-c', script], { cwd: target, maxBuffer: 64 << 20 })).stdout,
    async end() {
      await unmountFuse(target);
      await over;
      return { outcome: JSON.parse(said.split('\n')[1]!) as Outcome, model: modelOf(await readFile(frames)), log };
    },
    remove,
  };
}

function modelOf(bytes: Uint8Array): Model {
  const model = createModel();
  for (let at = 0; at < bytes.length;) {
    const frame = decodeFrame(bytes, at),
      size = frameSize(bytes, at);
    if (isFlaw(frame) || typeof size !== 'number') throw new Error(`a bad frame at ${at}`);
    reduce(model, frame);
    at += size;
  }
  return model;
}

/** The model's data map in the words of `say`, neighbours joined whatever else is known of them; holes at the end left out. */
export function mapInModel(model: Model, ino: string): string[] | undefined {
  const file = [...model.files.all()].findLast((each) => !each.gone && String(each.ino) === ino);
  if (!file) return undefined;
  const joined: Extent[] = [];
  for (const extent of file.data.list()) {
    const last = joined.at(-1),
      isNext = last?.to === extent.from && last.type === extent.type && last.device === extent.device;
    if (isNext && (extent.device === 0 || last.addr + (extent.from - last.from) === extent.addr))
      joined[joined.length - 1] = { ...last, to: extent.to };
    else joined.push(extent);
  }
  const end = joined.findLastIndex((extent) => extent.type !== MapType.HOLE && extent.type !== MapType.UNKNOWN);
  return joined
    .slice(0, end + 1)
    .map(({ from, to, addr, type, device }) => say({ offset: from, length: to - from, addr, type, flags: 0, dev: device }));
}
