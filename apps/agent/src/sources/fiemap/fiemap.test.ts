import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { fallocate, monotonic } from '@mapscope/native';
import { type EventRow, frameOf } from '@mapscope/shared/fixtures';
import { Model, reduce } from '@mapscope/shared/model';
import { type Frame, Kind, MapLayer, MapType, NO_ADDR, SourceId } from '@mapscope/shared/trace';
import { mapTypeName } from '@mapscope/shared/wire';
import { FileIdentities, type Refused } from '../../host/index.ts';
import { Undo, undisturbed, until } from '../testing/live.ts';
import { mountLoop, noLoop } from '../testing/loops.ts';
import { createFiemap, type Fiemap, type MappedFile } from './fiemap.ts';
import { showByFiemap } from './show.ts';

const undo = new Undo();
afterEach(() => undo.release());

/** No descriptor: a file that cannot be opened any more. */
const GONE = 1_000_000;

/** A running source, whose inodes are the descriptors of their files, and the model that its rows make. */
class Mapping {
  readonly model = new Model();
  readonly devices: string[] = [''];
  readonly refused: string[] = [];
  readonly frames: Frame[] = [];
  readonly source: Fiemap;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor() {
    const identities = new FileIdentities();
    this.source = createFiemap({
      open: (fd): MappedFile | undefined =>
        fd === GONE ? undefined : { fd, filesystem: identities.of(fd, 'a').filesystem, close: () => undefined },
      deviceNumber: (name) => {
        if (!this.devices.includes(name)) this.devices.push(name);
        return this.devices.indexOf(name);
      },
      refused: (inode: number, why: Refused) => void this.refused.push(`${inode}: ${why.problem.code}`),
      quietMs: 5,
    });
    this.running = this.source.run((frame) => this.take(frame), this.stopping.signal);
    undo.add(() => this.stop());
  }

  private take(frame: Frame): void {
    this.frames.push(frame);
    reduce(this.model, frame);
  }

  hear(row: EventRow): void {
    this.source.heard(frameOf([row]));
  }

  async asked(fd: number): Promise<void> {
    this.source.ask(fd);
    await this.idle();
  }
  idle(): Promise<void> {
    return until('nothing is asked for', () => this.source.isIdle);
  }

  /** `OFFSET TYPE DEVICE ADDR` of each block of 4 KiB below `size`. */
  blocks(fd: number, size: number): string[] {
    const out: string[] = [],
      { data } = this.model.files.get(fd);
    for (let at = 0n; at < size; at += 4096n) {
      const found = data.at(at);
      const place = !found || found.addr === NO_ADDR ? '' : `${this.devices[found.device]} ${found.addr + at - found.from}`;
      out.push(`${at} ${found ? mapTypeName(found.type) : 'nothing'} ${place}`);
    }
    return out;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }
}

/** The same of what `show` says. */
async function shownBlocks(file: string, size: number): Promise<string[]> {
  const out: string[] = [];
  for (const { offset, length, addr, device, type } of (await showByFiemap(file)).extents)
    for (let at = BigInt(offset); at < BigInt(offset) + BigInt(length) && at < size; at += 4096n) {
      const place = addr === null ? '' : `${device} ${BigInt(addr) + at - BigInt(offset)}`;
      out.push(`${at} ${type === 'DELALLOC' ? 'HOLE' : type} ${place}`);
    }
  return out;
}

const KEEP_SIZE = 1;
const M = 1 << 20;

for (const type of ['ext4', 'xfs', 'btrfs'] as const) {
  const why = noLoop(type);
  describe.skipIf(why !== undefined)(`createFiemap on ${type}${why ? ` (skipped: ${why})` : ''}`, () => {
    test('tells the map of a file when asked, and what waits for a place on the pending map', async () => {
      const file = join(mountLoop(undo, type).at, 'a'),
        fd = openSync(file, 'w+');
      undo.add(() => closeSync(fd));
      for (let i = 0; i < 40; i++) writeSync(fd, randomBytes(8192), 0, 8192, i * 16_384);
      expect(fallocate(fd, KEEP_SIZE, 2n << 20n, 65_536n)).toBe(0);
      fsyncSync(fd);
      ftruncateSync(fd, 5 * M);
      const mapping = new Mapping(),
        isPlaced = (blocks: readonly string[], at: number): boolean => !blocks.includes(`${at} HOLE `);
      const { at, told, shown } = await undisturbed('bytes still waited when they were asked for', async (time) => {
        const at = 4 * M + time * 16_384;
        writeSync(fd, randomBytes(8192), 0, 8192, at);
        await mapping.asked(fd);
        const told = mapping.blocks(fd, 5 * M),
          shown = await shownBlocks(file, 5 * M);
        return isPlaced(shown, at) ? undefined : { at, told, shown };
      });
      expect(told).toEqual(shown);
      expect(mapping.model.files.get(fd).pending.at(BigInt(at))).toMatchObject({ type: MapType.DELALLOC, to: BigInt(at + 8192) });
      fsyncSync(fd);
      await mapping.asked(fd);
      expect(mapping.blocks(fd, 5 * M)).toEqual(await shownBlocks(file, 5 * M));
    });

    test('asks again for what became unknown, and for that alone', async () => {
      const file = join(mountLoop(undo, type).at, 'a'),
        fd = openSync(file, 'w+');
      undo.add(() => closeSync(fd));
      for (let i = 0; i < 40; i++) writeSync(fd, randomBytes(8192), 0, 8192, i * 16_384);
      fsyncSync(fd);
      const mapping = new Mapping();
      await mapping.asked(fd);
      const before = mapping.frames.length;
      const told = {
        kind: Kind.extent,
        time: monotonic(),
        inode: fd,
        source: SourceId.tracefs,
        role: MapLayer.data,
        type: MapType.UNKNOWN,
      };
      mapping.hear({ ...told, offset: 16_384n, length: 32_768n });
      await mapping.idle();
      const rows = mapping.frames
        .slice(before)
        .flatMap(({ kind, role, offset, length, type }) =>
          [...kind].flatMap((k, i) =>
            k === Kind.extent && role[i] === MapLayer.data ? [`${mapTypeName(type[i]!)} ${offset[i]}+${length[i]}`] : [],
          ),
        );
      expect(rows).toEqual(['MAPPED 16384+8192', 'HOLE 24576+8192', 'MAPPED 32768+8192', 'HOLE 40960+8192']);
    });
  });
}

const noBtrfs = noLoop('btrfs');
test.skipIf(noBtrfs !== undefined)(
  'createFiemap leads to its device what lies in a chunk that btrfs has made since it read the chunk tree',
  async () => {
    const { at } = mountLoop(undo, 'btrfs', { bytes: 1 << 30 }),
      [small, large] = ['a', 'b'].map((name) => openSync(join(at, name), 'w+')) as [number, number];
    undo.add(() => [small, large].forEach((fd) => closeSync(fd)));
    writeSync(small, randomBytes(8192));
    fsyncSync(small);
    const mapping = new Mapping();
    await mapping.asked(small);
    const size = 64 * M;
    expect(fallocate(large, 0, 0n, BigInt(size))).toBe(0);
    fsyncSync(large);
    await mapping.asked(large);
    expect(mapping.blocks(large, size)).toEqual(await shownBlocks(join(at, 'b'), size));
  },
);

describe('createFiemap', () => {
  test('says whom the kernel told nothing, and goes on with the others', async () => {
    const proc = openSync('/proc/self/status', 'r'),
      folder = undo.folder('fiemap'),
      file = openSync(join(folder, 'a'), 'w+');
    undo.add(() => [proc, file].forEach((fd) => closeSync(fd)));
    const mapping = new Mapping();
    mapping.source.ask(proc);
    await mapping.asked(file);
    expect(mapping.refused).toContain(`${proc}: E_NO_FIEMAP`);
  });

  test('passes over files that cannot be opened any more, and goes on', async () => {
    const mapping = new Mapping();
    await mapping.asked(GONE);
    expect([mapping.refused, mapping.model.files.find(GONE)]).toEqual([[], undefined]);
    await mapping.asked(GONE);
  });
});
