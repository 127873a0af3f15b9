import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

/*
 * The fence: who may import whom. A room is a folder; what it may import is written here and nowhere else. To move the fence, edit the
 * table in a commit of its own that says which import it allows and why.
 */
const root = import.meta.dirname;

const rooms: Readonly<Record<string, readonly string[]>> = {
  'packages/shared/src/units': [],
  'packages/shared/src/wire': ['packages/shared/src/units'],
  'packages/shared/src/trace': ['packages/shared/src/units'],
  'packages/shared/src/derive': ['packages/shared/src/units', 'packages/shared/src/wire', 'packages/shared/src/trace'],
  'packages/shared/src/model': ['packages/shared/src/units', 'packages/shared/src/trace'],
  'packages/shared/src/verify': [
    'packages/shared/src/units',
    'packages/shared/src/wire',
    'packages/shared/src/trace',
    'packages/shared/src/model',
  ],
  'packages/shared/src/fixtures': ['packages/shared/src'],
  'packages/native/src': ['packages/shared/src/units'],
  'packages/fuse/src': ['packages/native/src', 'packages/shared/src'],
  'apps/agent/src/host': ['packages/native/src', 'packages/shared/src/units', 'packages/shared/src/wire', 'packages/fuse/src'],
  'apps/agent/src/pipe': ['packages/native/src', 'packages/shared/src/units', 'packages/shared/src/trace', 'apps/agent/src/host'],
  'apps/agent/src/demo': ['packages/native/src', 'packages/fuse/src', 'packages/shared/src', 'apps/agent/src/host'],
  'apps/agent/src/workload': ['packages/native/src', 'packages/shared/src', 'apps/agent/src/host', 'apps/agent/src/pipe'],
  'apps/agent/src/sources': ['apps/agent/src/host', 'packages/native/src', 'packages/fuse/src', 'packages/shared/src'],
  'apps/agent/src/session': [
    'apps/agent/src/host',
    'apps/agent/src/pipe',
    'apps/agent/src/demo',
    'packages/native/src',
    'packages/fuse/src',
    'packages/shared/src',
  ],
  'apps/agent/src/collector': [
    'apps/agent/src/sources',
    'apps/agent/src/host',
    'apps/agent/src/pipe',
    'packages/native/src',
    'packages/shared/src',
  ],
  'apps/agent/src/hub': ['packages/shared/src'],
  'apps/agent/src/recordings': ['apps/agent/src/host', 'packages/shared/src'],
  'apps/agent/src/verify': [
    'apps/agent/src/sources',
    'apps/agent/src/hub',
    'apps/agent/src/recordings',
    'apps/agent/src/host',
    'packages/native/src',
    'packages/shared/src',
    'packages/fuse/src',
  ],
  'apps/agent/src/server': [
    'apps/agent/src/hub',
    'apps/agent/src/recordings',
    'apps/agent/src/host',
    'apps/agent/src/pipe',
    'packages/native/src',
    'packages/shared/src',
  ],
  'apps/agent/src/supervisor': ['apps/agent/src/host', 'apps/agent/src/pipe', 'packages/native/src', 'packages/shared/src/units'],
  'apps/agent/src/doctor': [
    'apps/agent/src/host',
    'apps/agent/src/sources',
    'packages/native/src',
    'packages/fuse/src',
    'packages/shared/src/units',
  ],
  'apps/agent/src/cli': ['apps/agent/src', 'packages/native/src', 'packages/shared/src'],
  'apps/web/src/feed': ['packages/shared/src'],
  'apps/web/src/axis': ['packages/shared/src/units'],
  'apps/web/src/draw': ['apps/web/src/axis', 'packages/shared/src/units', 'packages/shared/src/trace'],
  'apps/web/src/store': ['apps/web/src/axis', 'apps/web/src/feed', 'packages/shared/src'],
  'apps/web/src/views': ['apps/web/src/axis', 'apps/web/src/draw', 'apps/web/src/store', 'apps/web/src/feed', 'packages/shared/src'],
  // What tests of panels stand on: no room may import it.
  'apps/web/src/testing': ['apps/web/src', 'packages/shared/src'],
  'e2e/src': ['packages/shared/src/fixtures', 'packages/shared/src/units'],
};

/** Outside packages that shipped code of a room may use: everything but Node and the DOM is a decision. */
const outside: Readonly<Record<string, readonly string[]>> = {
  'packages/shared/src': [],
  'apps/agent/src/hub': ['zod'],
};

const packages: Readonly<Record<string, string>> = {
  '@mapscope/native': 'packages/native/src',
  '@mapscope/fuse': 'packages/fuse/src',
};

const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file);

function* sources(folder: string): Generator<string> {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(name)) yield path;
  }
}

/** Folder prefix by path segments: `src/hub` does not hold `src/hub-old`. */
const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
const roomOf = (path: string): string | undefined => Object.keys(rooms).find((room) => isIn(path, room));

/** What an import names: a path in this repository, or the name of an outside package. */
function target(file: string, specifier: string): { path?: string; outside?: string } {
  if (specifier.startsWith('.')) return { path: relative(root, resolve(dirname(file), specifier.replace(/\?.*$/, ''))) };
  const shared = /^@mapscope\/shared\/(\w+)$/.exec(specifier);
  if (shared) return { path: `packages/shared/src/${shared[1]}` };
  const own = packages[specifier];
  return own ? { path: own } : { outside: specifier };
}

/** The compiler's own scanner: sees `export from`, `import()` and side effects. */
const importsOf = (file: string): string[] =>
  ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map((found) => found.fileName);

const files = ['packages', 'apps', 'e2e']
  .flatMap((top) => [...sources(join(root, top))])
  .filter((file) => !/\/(node_modules|dist|build)\//.test(file));

describe('the fence', () => {
  test('sees the whole repository', () => {
    expect(files.length).toBeGreaterThan(40);
  });

  test('lets a room import only what its row says', () => {
    const broken: string[] = [];
    for (const file of files) {
      const from = relative(root, file),
        room = roomOf(from);
      if (!room || isTest(file)) continue;
      for (const specifier of importsOf(file)) {
        const { path } = target(file, specifier);
        if (path && !isIn(path, room) && !rooms[room]!.some((allowed) => isIn(path, allowed))) broken.push(`${from} imports ${specifier}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test('keeps fixtures out of shipped code, and outside packages out of rooms that need none', () => {
    const broken: string[] = [];
    for (const file of files) {
      const from = relative(root, file);
      if (isTest(file) || ['packages/shared/src/fixtures', 'apps/web/src/testing', 'e2e'].some((room) => isIn(from, room))) continue;
      for (const specifier of importsOf(file)) {
        const found = target(file, specifier);
        if (found.path && isIn(found.path, 'packages/shared/src/fixtures')) broken.push(`${from} imports fixtures`);
        const row = Object.keys(outside).find((folder) => isIn(from, folder));
        if (found.outside && row && !outside[row]!.includes(found.outside)) broken.push(`${from} imports ${specifier}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test('has every source file in a room, but the main files that wire the rooms', () => {
    const stray = files
      .map((file) => relative(root, file))
      .filter(
        (file) =>
          !isTest(file) &&
          !roomOf(file) &&
          !/^apps\/(agent|web)\/src\/[\w.-]+\.tsx?$/.test(file) &&
          !/^(e2e|apps\/web)\/[\w.-]+\.ts$/.test(file),
      );
    expect(stray).toEqual([]);
  });
});
