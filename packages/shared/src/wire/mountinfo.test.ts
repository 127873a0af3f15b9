import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MountRow, parseMountTable, superOption } from './mountinfo.ts';

/** As the kernel writes a field: `extra` characters are escaped beside those that always are. Source: seq_path, seq_show_option. */
const escape = (text: string, extra = ''): string =>
  text.replace(/[\s\S]/g, (c) => (` \t\n\\#${extra}`.includes(c) ? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}` : c));
const line = (row: MountRow, optional: readonly string[]): string =>
  [
    row.id,
    row.parent,
    `${row.major}:${row.minor}`,
    escape(row.root),
    escape(row.path),
    row.options.map((option) => escape(option, ',')).join(','),
    ...optional,
    '-',
    row.type,
    escape(row.source),
    row.superOptions.map((option) => escape(option, ',')).join(','),
  ].join(' ');

const nasty = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\t', '\n', '\\', '#', '-', '0', '4', 'é', '/'), maxLength: 8 });
const path = nasty.map((text) => `/${text}`);
const word = fc.stringMatching(/^[a-z][a-z0-9.]{0,6}$/);
const option = fc.tuple(word, nasty, fc.constantFrom('', ',')).map(([name, value, comma]) => `${name}=${value}${comma}`);
const rows: fc.Arbitrary<MountRow> = fc.record({
  id: fc.nat(),
  parent: fc.nat(),
  major: fc.nat(4095),
  minor: fc.nat(1_048_575),
  root: path,
  path,
  options: fc.array(option, { minLength: 1, maxLength: 3 }),
  type: word,
  source: nasty,
  superOptions: fc.array(option, { minLength: 1, maxLength: 4 }),
});
const optional = fc.array(fc.constantFrom('shared:7', 'master:1', 'propagate_from:2', 'unbindable'), { maxLength: 3 });

describe('parseMountTable', () => {
  test('reads a row with and without optional fields, and spaces in paths', () => {
    const found = parseMountTable(`36 35 98:0 /mnt1 /mnt/a\\040b rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue
41 36 0:52 / /mnt/fuse rw,nosuid - fuse.mapscope mapscope rw,user_id=0
not a row
42 36 0:53 / /ctl rw - fusectl fusectl rw
`);
    expect(found).toMatchObject([
      {
        id: 36,
        parent: 35,
        root: '/mnt1',
        path: '/mnt/a b',
        major: 98,
        minor: 0,
        type: 'ext3',
        source: '/dev/root',
        options: ['rw', 'noatime'],
      },
      { id: 41, path: '/mnt/fuse', major: 0, minor: 52, type: 'fuse.mapscope', source: 'mapscope', superOptions: ['rw', 'user_id=0'] },
      { id: 42, path: '/ctl', major: 0, minor: 53, type: 'fusectl', source: 'fusectl' },
    ]);
  });

  test('reads back what the kernel writes, whatever characters are in it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(rows, optional), { maxLength: 5 }), (list) => {
        expect(parseMountTable(list.map(([row, fields]) => `${line(row, fields)}\n`).join(''))).toEqual(list.map(([row]) => row));
      }),
    );
  });

  test('answers rows or nothing for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('1', ':', ' ', '-', '/', 'a', '\n', '\\', '0') }), (text) => {
        expect(Array.isArray(parseMountTable(text))).toBe(true);
      }),
    );
  });

  test('superOption finds a value by its whole name, commas within it included', () => {
    const [row] = parseMountTable('1 0 0:3 / /m rw - overlay o rw,lowerdir=/l,upperdir=/a\\054b,workdir=/w');
    expect(['upperdir', 'lowerdir', 'dir', 'rw'].map((name) => superOption(row!, name))).toEqual(['/a,b', '/l', undefined, undefined]);
  });
});
