import { closeSync, renameSync, rmSync, rmdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { umount } from '@mapscope/native';
import { isAlive, signal, waitForEnd } from './identity.ts';
import { allLoops, freeLoop } from './loops.ts';
import { mountsBelow } from './mount-table.ts';
import { isMounted, unmountAnyway } from './mounts.ts';
import { errorCode, sayError } from './refused.ts';
import { lockRun } from './run-folder.ts';
import { hasRecord, readRecord, type RunRecord } from './run-record.ts';
import { unmountTracefs } from './tracefs.ts';

/** What a release did, as sentences without a full stop. */
export interface Released {
  readonly done: readonly string[];
  /** What is still there, and why. The folder then stays as well, so that the next start tries again. */
  readonly left: readonly string[];
}

const END_WAIT_MS = 2000;
const BUSY_WAIT_MS = 3000;

/**
 * Undoes everything that a dead run has made, in the order processes, mounts, trace instances, loops, temporary folders, run folder.
 * Only what its record names, and only while it still is what the record says: nothing is found by the look of its name.
 * May be called again after it was cut off at any point. `undefined`: the run lives (its lock is held for longer than `waitMs`), or it is gone.
 *
 * The caller has stopped reading from its own trace instance before, and is not ended itself.
 */
export async function releaseRun(folder: string, waitMs = 0): Promise<Released | undefined> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lock = lockRun(folder);
    if (lock === 'gone') return undefined;
    if (lock !== 'held')
      try {
        return await releaseLocked(folder);
      } finally {
        closeSync(lock);
      }
    if (performance.now() >= deadline) return undefined;
    await sleep(10);
  }
}

/** The same for who holds the lock: the supervisor, on its way out. */
export async function releaseLocked(folder: string): Promise<Released> {
  const record = readRecord(folder);
  const done: string[] = [],
    left: string[] = [];
  // Of another version, or damaged: what it made is not known, and without its record nobody would ever know.
  if (!record && hasRecord(folder)) left.push(`${folder}/run.json cannot be read: undo what it names by hand, then remove the folder`);
  if (record) {
    const running = record.processes.filter((each) => each.pid !== process.pid && isAlive(each));
    await end(running);
    for (const step of [unmountAll, removeInstances, unmountTracing, freeLoopDevices, removeTemp])
      try {
        await step(record, done, left);
      } catch (error) {
        left.push(sayError(error));
      }
    // Asked last: one that waited for the mount has ended only now.
    for (const { role, ...identity } of running)
      if (await waitForEnd(identity, END_WAIT_MS)) done.unshift(`ended ${role} (process ${identity.pid})`);
      else left.push(`${role} (process ${identity.pid}) does not end`);
  }
  if (left.length === 0) {
    // Out of the list first: a folder that is half removed is no run any more.
    const aside = join(dirname(dirname(folder)), `gone-${basename(folder)}`);
    renameSync(folder, aside);
    rmSync(aside, { recursive: true, force: true });
    done.push(`removed ${folder}`);
  }
  return { done, left };
}

async function end(running: RunRecord['processes']): Promise<void> {
  for (const each of running) signal(each, 'SIGKILL');
  for (const each of running) await waitForEnd(each, END_WAIT_MS);
}

type Step = (record: RunRecord, done: string[], left: string[]) => Promise<void>;

const unmountAll: Step = async ({ mounts }, done, left) => {
  for (const { path, type, source } of [...mounts].reverse()) {
    if (type === 'tracefs') continue;
    const isThere = type === 'fuse' ? await isMounted(path, source) : await isMountedAt(path, type);
    if (!isThere) continue;
    if (await (type === 'fuse' ? unmountAnyway(path, source) : unmountBlock(path, type))) done.push(`unmounted ${path}`);
    else left.push(`${path} is still mounted`);
  }
};

const isMountedAt = async (path: string, type: string): Promise<boolean> =>
  (await mountsBelow(path)).some((row) => row.path === path && row.type === type);

/** Somebody who still stands in it keeps the filesystem and its loop device, but nobody finds the way there any more. */
async function unmountBlock(path: string, type: string): Promise<boolean> {
  return umount(path) >= 0 || umount(path, { detach: true }) >= 0 || !(await isMountedAt(path, type));
}

const removeInstances: Step = async ({ instances }, done, left) => {
  for (const path of instances) {
    const error = await untilIdle(() => rmdirSync(path));
    if (error === undefined) done.push(`removed trace instance ${path}`);
    else if (errorCode(error) !== 'ENOENT') left.push(`trace instance ${path}: ${sayError(error)}`);
  }
};

const unmountTracing: Step = async ({ mounts }, _, left) => {
  for (const { path, type, source } of mounts)
    if (type === 'tracefs' && !(await unmountTracefs(path, source))) left.push(`${path} is still mounted`);
};

const freeLoopDevices: Step = async ({ loops }, done, left) => {
  for (const { device, backing } of loops)
    for (const each of device === null ? allLoops() : [device])
      switch (await freeLoop(each, backing)) {
        case 'freed':
          done.push(`freed ${each}`);
          break;
        case 'used':
          left.push(`${each} is still in use`);
          break;
        case 'not ours':
      }
};

const removeTemp: Step = async ({ temp }, done, left) => {
  for (const path of temp) {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) continue;
    // Never reach through a mount: what is below it is somebody's data.
    const mounts = await mountsBelow(path);
    if (mounts.length > 0) left.push(`${path}: ${mounts[0]!.path} is mounted below it`);
    else {
      rmSync(path, { recursive: true, force: true });
      done.push(`removed ${path}`);
    }
  }
};

/** Tries again while the kernel says EBUSY: the descriptors of a process that has just ended are closed a moment later. Answers the last error. */
async function untilIdle(act: () => void): Promise<unknown> {
  const deadline = performance.now() + BUSY_WAIT_MS;
  for (;;)
    try {
      act();
      return undefined;
    } catch (error) {
      if (errorCode(error) !== 'EBUSY' || performance.now() >= deadline) return error;
      await sleep(20);
    }
}
