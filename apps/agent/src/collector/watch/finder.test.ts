import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monotonic } from '@mapscope/native';
import { SourceId } from '@mapscope/shared/trace';
import { afterEach, describe, expect, test } from 'vitest';
import { Undo } from '../../sources/testing/live.ts';
import { mountLoop, noLoop } from '../../sources/testing/loops.ts';
import { WatchedFiles } from './files.ts';
import { Finder } from './finder.ts';
import { Telling } from './telling.ts';
import { Volumes } from './volumes.ts';

const undo = new Undo();
afterEach(() => undo.release());

/** A watched folder whose births are heard of only while somebody waits for the trace; `meanwhile`: what happens then, by turns. */
async function begun(meanwhile: (() => void)[]) {
  const { at } = mountLoop(undo, 'xfs'),
    file = join(at, 'file'),
    telling = new Telling(SourceId.collector, monotonic, () => undefined),
    volumes = new Volumes(telling),
    files = new WatchedFiles(volumes, telling, telling, monotonic),
    strange: number[] = [],
    untold: { readonly ino: bigint; readonly time: bigint }[] = [],
    finder = new Finder({
      files,
      volumes,
      except: [],
      // What happens while it waits is not waited for.
      caughtUp: async () => {
        const told = untold.splice(0);
        meanwhile.shift()?.();
        for (const { ino, time } of told) files.born(dev, ino, time);
      },
      strange: (inode) => void strange.push(inode),
      full: () => undefined,
      own: () => undefined,
      silent: () => undefined,
    });
  undo.add(() => finder.end());
  await finder.begin([at]);
  const { dev } = volumes.all()[0]!.traced;
  const made = (path: string): void => {
    writeFileSync(path, 'x');
    untold.push({ ino: statSync(path, { bigint: true }).ino, time: monotonic() });
  };
  return {
    file,
    files,
    made,
    strange,
    /** The number by which records of the file go. */
    recorded: () => files.identify(dev, statSync(file, { bigint: true }).ino, 0n),
    found: () => finder.found(Buffer.from(file), () => undefined),
    hears: (act: 'born' | 'gone', time: bigint) => files[act](dev, statSync(file, { bigint: true }).ino, time),
  };
}

const why = noLoop('xfs');
describe.skipIf(why !== undefined)(`Finder${why ? ` (skipped: ${why})` : ''}`, () => {
  test('meets no file before its birth is heard of, however often it finds another by that name', async () => {
    const meanwhile: (() => void)[] = [],
      { file, files, made, strange, found, recorded } = await begun(meanwhile);
    made(file);
    meanwhile.push(
      () => (made(`${file}-new`), renameSync(`${file}-new`, file)),
      () => (rmSync(file), made(file)),
    );
    expect(await found()).toBe(true);
    expect(strange).toEqual([]);
    expect(files.at(Buffer.from(file))!.inode).toBe(recorded());
  });

  test('meets no file before its birth is heard of that took the place of one it knows', async () => {
    const { file, files, made, strange, found, recorded } = await begun([]);
    made(file);
    await found();
    made(`${file}-new`);
    renameSync(`${file}-new`, file);
    expect(await found()).toBe(true);
    expect(strange).toEqual([]);
    expect(files.at(Buffer.from(file))!.inode).toBe(recorded());
  });

  test('keeps a file of whose number an older birth and end are heard of behind its meeting, and lets go of it when its own is', async () => {
    const { file, files, made, found, hears, recorded } = await begun([]),
      before = monotonic();
    made(file);
    await found();
    const { inode } = files.at(Buffer.from(file))!;
    hears('born', before);
    hears('gone', before);
    expect([recorded(), files.at(Buffer.from(file))?.inode]).toEqual([inode, inode]);
    hears('gone', monotonic());
    expect([recorded(), files.at(Buffer.from(file))]).toEqual([-1, undefined]);
  });
});
