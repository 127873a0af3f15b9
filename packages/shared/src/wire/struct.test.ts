import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isFlaw } from '../units/index.ts';
import * as wire from './index.ts';
import { type AnyStruct, filler, list, struct, typeName } from './index.ts';

type Layout = { name: string; size: number; fields: [name: string, type: string, at: number, size: number][] };
/** The tables of spec/protocol.md 1.3: sizes and offsets of a C compiler for the headers of 7.45, and of what no header has. */
const layouts = JSON.parse(readFileSync(new URL('../fixtures/struct-layouts.json', import.meta.url), 'utf8')) as Layout[];

const isTable = (value: unknown): value is AnyStruct => typeof value === 'object' && value !== null && 'slots' in value;
const tables = Object.values(wire).filter(isTable);

describe('struct lays fields out as the C compiler does', () => {
  test.each(layouts.map((layout) => [layout.name, layout] as const))('%s', (name, { size, fields }) => {
    const found = tables.filter((table) => table.name === name);
    expect(found.map((table) => table.size)).toEqual([size]);
    expect(found[0]!.slots.map((slot) => [slot.name, typeName(slot.type), slot.at, slot.size])).toEqual(fields);
  });

  test('and no table is of a struct that nobody has measured', () => {
    expect(tables.map(({ name }) => name).toSorted()).toEqual(layouts.map(({ name }) => name).toSorted());
  });
});

const headers = ['linux/fuse.h', 'linux/fiemap.h', 'linux/fsmap.h', 'linux/btrfs.h', 'linux/btrfs_tree.h'];
const hasCompiler = spawnSync('cc', ['-E', '-'], { input: headers.map((h) => `#include <${h}>\n`).join('') }).status === 0;

describe.skipIf(!hasCompiler)(hasCompiler ? 'a live C compiler' : 'a live C compiler: skipped, no cc or no kernel headers here', () => {
  const include = headers.map((h) => `#include <${h}>\n`).join('');
  const text = hasCompiler ? execFileSync('cc', ['-E', '-P', '-'], { input: include, encoding: 'utf8', maxBuffer: 1 << 24 }) : '';
  /** The members of a struct of the installed headers, which may be older than our tables. */
  const membersOf = (name: string): ReadonlySet<string> | undefined => {
    const body = new RegExp(`struct ${name} \\{([^}]*)\\}`).exec(text)?.[1];
    return body === undefined ? undefined : new Set([...body.matchAll(/(\w+)\s*(?:\[[^\]]*\])*;/g)].map(([, member]) => member!));
  };

  test('says the same sizes and offsets of every struct in the installed headers', () => {
    const asked: { readonly c: string; readonly key: string; readonly ours: number }[] = [];
    for (const { name, size, slots } of tables) {
      const members = membersOf(name);
      if (!members) continue;
      asked.push({ c: `sizeof(struct ${name})`, key: name, ours: size });
      for (const slot of slots)
        // Room for later fields begins earlier in an older header.
        if (members.has(slot.name) && slot.words !== filler)
          asked.push({ c: `offsetof(struct ${name}, ${slot.name})`, key: `${name}.${slot.name}`, ours: slot.at });
    }
    const folder = mkdtempSync(join(tmpdir(), 'mapscope-cc-'));
    try {
      const print = asked.map(({ c }) => `printf("%zu\\n", ${c});`).join('\n');
      writeFileSync(
        join(folder, 'ask.c'),
        `#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n${include}int main(void) {\n${print}\nreturn 0;\n}\n`,
      );
      execFileSync('cc', ['-o', join(folder, 'ask'), join(folder, 'ask.c')]);
      const theirs = execFileSync(join(folder, 'ask'), { encoding: 'utf8' }).trim().split('\n').map(Number);
      expect(asked.length).toBeGreaterThan(250);
      expect(asked.map(({ key }, i) => [key, theirs[i]])).toEqual(asked.map(({ key, ours }) => [key, ours]));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test('every field of every table says in a sentence what it means', () => {
  const silent = tables.flatMap(({ name, slots }) => slots.filter((slot) => slot.meaning === '').map((slot) => `${name}.${slot.name}`));
  expect(silent).toEqual([]);
});

test('read answers a flaw where bytes end too soon', () => {
  expect(isFlaw(wire.inHeader.read(new Uint8Array(39)))).toBe(true);
  expect(isFlaw(wire.inHeader.read(new Uint8Array(40), 1))).toBe(true);
  expect(isFlaw(wire.inHeader.read(new Uint8Array(40), -1))).toBe(true);
});

test('read gives back what encode wrote, above 2^53 and below zero too', () => {
  const end = {
    opflags: 0x80000001,
    pos: 2n ** 63n + 5n,
    count: 4096n,
    written: -5n,
    map: { offset: 0n, length: 1n, addr: 2n ** 64n - 1n, type: 255, flags: 3, dev: 7 },
  };
  expect(wire.iomapEndIn.read(wire.iomapEndIn.encode(end))).toEqual({ reserved: 0, attr_ino: 0n, ...end });
});

test('read gives arrays of numbers and of structs as arrays', () => {
  const point = struct('point', [
      ['x', 's16'],
      ['y', 's16'],
    ]),
    line = struct('line', [
      ['tag', list('u8', 3)],
      ['ends', list(point, 2)],
    ]);
  const value = {
    tag: [1, 2, 3],
    ends: [
      { x: -1, y: 2 },
      { x: 3, y: -4 },
    ],
  };
  expect(line.size).toBe(12);
  expect(line.read(line.encode(value))).toEqual(value);
});
