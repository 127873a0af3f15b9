import { cpSync, rmSync } from 'node:fs';
import { Errno } from '@mapscope/shared/wire';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { DemoFilesystem, DemoOptions } from './index.ts';
import { BLOCK, bytes, folder, MiB, open, removeFolders, root } from './testing/rig.ts';
import { TinyEngine } from './testing/tiny-engine.ts';
import type { WriteHow } from './testing/tiny-engine.ts';

/*
 * Random operations on the demo filesystem next to a twin that keeps each file as one array of bytes. After each operation the metadata is
 * checked, at the end (and after each reopening) every byte.
 */
const DIRECTORIES = ['plain', 'striped', 'fragmented', 'tiny'] as const;

afterEach(removeFolders);

interface TwinFile {
  node: bigint;
  data: Uint8Array;
  names: Set<string>;
}

/** What fsync acknowledged of a file, as long as nothing but unlink has come over it. */
interface Acknowledged {
  readonly file: TwinFile;
  readonly data: Uint8Array;
}

/** A filesystem, its engine and its twin. */
class Pair {
  fs: DemoFilesystem;
  engine: TinyEngine;
  readonly files = new Map<string, TwinFile>();
  readonly nodes = new Map<string, bigint>();
  /** By path; what was changed since is taken out, unlinked files stay in. */
  readonly acknowledged = new Map<string, Acknowledged>();
  #hasEnded = false;

  constructor(fs: DemoFilesystem) {
    this.fs = fs;
    this.engine = new TinyEngine(fs);
    this.#findDirectories();
  }

  reopen(fs: DemoFilesystem): void {
    this.fs = fs;
    this.#hasEnded = false;
    this.engine = new TinyEngine(fs);
    this.#findDirectories();
    for (const [path, file] of this.files) {
      const [dir, name] = path.split('/');
      const entry = fs.lookup(this.nodes.get(dir!)!, bytes(name!));
      if (typeof entry === 'number') throw new Error(`${path} is lost: ${entry}`);
      file.node = entry.node;
    }
  }

  #findDirectories(): void {
    for (const name of DIRECTORIES) {
      const entry = this.fs.lookup(1n, bytes(name));
      if (typeof entry === 'number') throw new Error(name);
      this.nodes.set(name, entry.node);
    }
  }

  /** Once. */
  end(): void {
    if (!this.#hasEnded) this.fs.destroy();
    this.#hasEnded = true;
  }

  /** All of it is durable from now on, if this answers true. */
  syncAll(): boolean {
    for (const f of new Set(this.files.values())) if (this.engine.fsync(f.node) < 0) return false;
    if (this.fs.fsync() < 0) return false;
    this.acknowledged.clear();
    for (const [path, file] of this.files) this.acknowledged.set(path, { file, data: file.data.slice() });
    return true;
  }

  /** Something else than unlink happens to the file, or to what has this name. */
  touch(file: TwinFile | undefined, path: string): void {
    this.acknowledged.delete(path);
    for (const [at, known] of this.acknowledged) if (known.file === file) this.acknowledged.delete(at);
  }

  compare(file: TwinFile): void {
    expect(this.engine.size(file.node)).toBe(file.data.length);
    const read = this.engine.read(file.node, 0, file.data.length + 1);
    expect(Buffer.compare(read, file.data), `bytes of ${[...file.names].join(' ')}`).toBe(0);
  }

  compareAll(): void {
    for (const file of new Set(this.files.values())) this.compare(file);
  }

  paths(): Set<string> {
    return new Set(
      [...this.fs.files()].filter((f) => (f.attributes.mode & 0o170000) === 0o100000).map((f) => Buffer.from(f.path).toString()),
    );
  }
}

type Step = { readonly dir: number; readonly name: number; readonly pos: number; readonly length: number; readonly fill: number } & (
  | { readonly does: 'write'; readonly how: WriteHow; readonly stop: boolean }
  | { readonly does: 'truncate' | 'unlink' | 'release' | 'fsync' | 'flush' | 'compare' | 'reopen' | 'crash' | 'sync' }
  | { readonly does: 'fallocate'; readonly mode: number }
  | { readonly does: 'rename' | 'link'; readonly toDir: number; readonly toName: number; readonly flags: number }
);

const position = fc.oneof(
  fc.nat(2000),
  fc.nat(64 * 1024),
  fc.nat(300 * 1024),
  fc.nat(60).map((n) => n * BLOCK),
);
const length = fc.oneof(
  fc.integer({ min: 1, max: 1200 }),
  fc.integer({ min: 1, max: 40_000 }),
  fc.integer({ min: 1, max: 30 }).map((n) => n * BLOCK),
);
const where = { dir: fc.nat(3), name: fc.nat(2), pos: position, length, fill: fc.integer({ min: 1, max: 255 }) };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      ...where,
      does: fc.constant('write' as const),
      how: fc.constantFrom<WriteHow[]>('cached', 'direct', 'writeback'),
      stop: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
  { weight: 4, arbitrary: fc.record({ ...where, does: fc.constant('fallocate' as const), mode: fc.constantFrom(0, 1, 3, 0x10, 0x11) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      ...where,
      does: fc.constantFrom(
        'truncate' as const,
        'unlink' as const,
        'release' as const,
        'fsync' as const,
        'flush' as const,
        'compare' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...where,
      does: fc.constantFrom('rename' as const, 'link' as const),
      toDir: fc.nat(3),
      toName: fc.nat(2),
      flags: fc.constantFrom(0, 1, 2),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ ...where, does: fc.constantFrom('reopen' as const, 'crash' as const, 'crash' as const, 'sync' as const) }),
  },
);

const grown = (data: Uint8Array, size: number): Uint8Array => {
  const out = new Uint8Array(size);
  out.set(data.subarray(0, size));
  return out;
};

/** What another process finds when this one is gone without a word: sound metadata, and every acknowledged byte. */
function crash(pair: Pair, dir: string): void {
  const copy = folder();
  cpSync(dir, copy, { recursive: true });
  const fs = open({ dir: copy }),
    engine = new TinyEngine(fs),
    found = new Map([...fs.files()].map(({ path, node }) => [Buffer.from(path).toString(), node]));
  expect(fs.check()).toEqual([]);
  for (const [path, { file, data }] of pair.acknowledged) {
    const node = found.get(path);
    // An unlink may have been written down since, and need not have been.
    if (node === undefined) expect(file.names.has(path)).toBe(false);
    else expect(Buffer.compare(engine.read(node, 0, data.length + 1), data), `acknowledged bytes of ${path}`).toBe(0);
  }
  fs.destroy();
  rmSync(copy, { recursive: true });
}

function doStep(pair: Pair, s: Step, dir: string | undefined): void {
  const path = `${DIRECTORIES[s.dir]}/f${s.name}`,
    parent = pair.nodes.get(DIRECTORIES[s.dir]!)!,
    name = bytes(`f${s.name}`);
  let file = pair.files.get(path);
  const { fs, engine } = pair;
  if (!file && (s.does === 'write' || s.does === 'fallocate' || s.does === 'truncate')) {
    const made = fs.create(parent, name, 0o644, root);
    if (typeof made === 'number') throw new Error(`create: ${made}`);
    file = { node: made.node, data: new Uint8Array(), names: new Set([path]) };
    pair.files.set(path, file);
    pair.touch(file, path);
  }
  if (s.does === 'sync') return void pair.syncAll();
  if (s.does === 'crash') return dir === undefined ? undefined : crash(pair, dir);
  if (s.does === 'reopen') {
    if (dir === undefined || !pair.syncAll()) return;
    pair.end();
    return pair.reopen(open({ dir }));
  }
  if (!file) return;
  if (['write', 'truncate', 'fallocate', 'link', 'rename'].includes(s.does)) pair.touch(file, path);
  switch (s.does) {
    case 'write': {
      const data = new Uint8Array(s.length).map((_, i) => s.fill + (i >> 9) || 1);
      // A writeback that fails loses what it carried, which a twin can not know: there is a test of its own.
      const room = s.stop && s.how !== 'writeback' ? Math.floor(s.length / 2) : Infinity,
        done = engine.write(file.node, s.pos, data, s.how, room);
      expect([true, -Errno.ENOSPC, -Errno.EIO]).toContain(done > 0 || done);
      if (done > 0) {
        file.data = s.pos + done > file.data.length ? grown(file.data, s.pos + done) : file.data;
        file.data.set(data.subarray(0, done), s.pos);
      }
      break;
    }
    case 'truncate':
      if (engine.truncate(file.node, s.pos) === 0) file.data = grown(file.data, s.pos);
      break;
    case 'fallocate': {
      const done = engine.fallocate(file.node, s.mode, s.pos, s.length),
        end = s.pos + s.length;
      expect([0, -Errno.ENOSPC]).toContain(done);
      // The edges are zeroed before the filesystem is asked, so a refusal may leave those behind.
      if (s.mode & ~1) {
        const zeroed = file.data.slice();
        zeroed.fill(0, s.pos, end);
        if (done === 0) file.data = zeroed;
        else file.data = engine.read(file.node, 0, file.data.length);
      }
      if (done === 0 && !(s.mode & 1) && end > file.data.length) file.data = grown(file.data, end);
      break;
    }
    case 'unlink':
      expect(fs.unlink(parent, name)).toBe(0);
      file.names.delete(path);
      pair.files.delete(path);
      if (file.names.size === 0) {
        pair.compare(file);
        engine.forget(file.node);
        expect(fs.getattr(file.node)).toBe(-Errno.ESTALE);
      }
      break;
    case 'link':
    case 'rename': {
      const toDir = DIRECTORIES[s.toDir]!,
        toPath = `${toDir}/f${s.toName}`,
        there = pair.files.get(toPath);
      pair.touch(there, toPath);
      if (s.does === 'link') {
        const done = fs.link(file.node, pair.nodes.get(toDir)!, bytes(`f${s.toName}`));
        if (there) expect(done).toBe(-Errno.EEXIST);
        else {
          file.names.add(toPath);
          pair.files.set(toPath, file);
        }
        break;
      }
      const done = fs.rename(parent, name, pair.nodes.get(toDir)!, bytes(`f${s.toName}`), s.flags);
      if (s.flags === 1 && there) expect(done).toBe(-Errno.EEXIST);
      else if (s.flags === 2 && !there) expect(done).toBe(-Errno.ENOENT);
      else {
        expect(done).toBe(0);
        if (there === file) break;
        if (there) there.names.delete(toPath);
        file.names.delete(path);
        pair.files.delete(path);
        if (there && s.flags === 2) {
          there.names.add(path);
          pair.files.set(path, there);
        } else if (there?.names.size === 0) engine.forget(there.node);
        file.names.add(toPath);
        pair.files.set(toPath, file);
      }
      break;
    }
    case 'release':
      engine.release(file.node);
      break;
    case 'fsync':
      expect([0, -Errno.ENOSPC]).toContain(engine.fsync(file.node));
      break;
    case 'flush':
      // What was promised is kept: a flush of delayed bytes always finds its space.
      expect(engine.flush(file.node)).toBe(0);
      break;
    case 'compare':
      pair.compare(file);
  }
}

function run(steps: readonly Step[], options: DemoOptions): void {
  const pair = new Pair(open(options));
  try {
    for (const s of steps) {
      doStep(pair, s, options.dir);
      expect(pair.fs.check()).toEqual([]);
    }
    pair.compareAll();
    expect(pair.paths()).toEqual(new Set(pair.files.keys()));
    for (const file of new Set(pair.files.values())) mapCovers(pair, file);
  } finally {
    pair.end();
  }
}

/** `mapOf` is one mapping after the other, and bytes of MAPPED ones stand on the device. */
function mapCovers(pair: Pair, file: TwinFile): void {
  let at = 0n;
  for (const mapping of pair.fs.mapOf(file.node)) {
    expect(mapping.offset).toBe(at);
    at += mapping.length;
  }
  expect(at).toBe(1n << 63n);
}

describe('the demo filesystem', { timeout: 60_000 }, () => {
  test('reads what was written, whatever was done in between, in a roomy temporary volume', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => run(steps, { deviceBytes: 4 * MiB })),
      { numRuns: 300 },
    );
  });

  test('refuses with ENOSPC and loses nothing in a volume that is nearly always full', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 50 }), (steps) =>
        run(steps, { deviceBytes: MiB + 24 * BLOCK, chunk: 2 * BLOCK, strips: 2 }),
      ),
      { numRuns: 300 },
    );
  });

  test('has all that fsync acknowledged after it was closed, and after a crash', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), fc.boolean(), (steps, isSmall) => {
        const dir = folder();
        run(steps, { dir, devices: 3, deviceBytes: isSmall ? MiB + 40 * BLOCK : 3 * MiB });
        rmSync(dir, { recursive: true });
      }),
      { numRuns: 100 },
    );
  });
});
