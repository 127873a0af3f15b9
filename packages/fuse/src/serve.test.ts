import { afterEach, describe, expect, test } from 'vitest';
import { spawnSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { MapLayer, MapType, NO_ADDR } from '@mapscope/shared/trace';
import { Opcode } from '@mapscope/shared/wire';
import { type Mounted, mountMemory, whyNoMount } from './testing/mounted.ts';
import type { RowObject } from './testing/rows.ts';
import { textOf } from './testing/rows.ts';

const why = await whyNoMount();
/** In the title of a test that is skipped where a program is missing. */
const without = (program: string): string => (has(program) ? '' : ` (skipped: there is no ${program} here)`);
const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
let mounted: Mounted | undefined;
afterEach(async () => {
  await mounted?.remove();
  mounted = undefined;
});
const mount = async (...args: Parameters<typeof mountMemory>): Promise<Mounted> => (mounted = await mountMemory(...args));

const kinds = [
  ['writeback', { cache: 'writeback' }],
  ['through, delayed, in pieces', { cache: 'through', isDelalloc: true, pieces: [1, 3, 17] }],
  ['through, copied on write, inline', { cache: 'through', isCopyOnWrite: true, inlineBytes: 2000 }],
  ['writeback, answered later', { cache: 'writeback', isSlow: true }],
] as const satisfies readonly (readonly [string, Parameters<typeof mountMemory>[0]])[];

describe.skipIf(why)(`a mount${why ? ` (skipped: ${why})` : ''}`, () => {
  test.each(kinds)('a mount (%s) keeps what dd, cp and tar put there', { timeout: 60_000 }, async (_name, options) => {
    const m = await mount(options);
    await m.sh(`
      head -c 3000000 /dev/urandom > a; sum=$(md5sum < a)
      dd if=a of=b bs=4k conv=fsync status=none; cmp a b
      head -c 4194304 /dev/urandom > /dev/shm/$$.src; dd if=/dev/shm/$$.src of=c bs=64k oflag=direct status=none; cmp c /dev/shm/$$.src; rm /dev/shm/$$.src
      mkdir -p d/e; cp a d/e/; ln -s e/a d/link; ln a hard; mv b d/; chmod 640 a; touch -d @1000000000 a
      tar cf - . | tar xf - -C "$(mktemp -d /dev/shm/mounted.$$.XXXX)"
      for i in $(seq 50); do echo "$i" > "d/f$i"; done; test "$(cat d/f* | sort -n | tail -1)" = 50
      test "$(ls d | wc -l)" = 53
      echo 2 > /proc/sys/vm/drop_caches
      test "$(md5sum < a)" = "$sum"; test "$(md5sum < d/link)" = "$sum"; test "$(stat -c '%a %Y %h' hard)" = "640 1000000000 2"
      tar cf - . | md5sum > /dev/null
      rm -r d; test "$(ls)" = "$(printf 'a\\nc\\nhard')"
      rm -rf /dev/shm/mounted.$$.*
    `);
    expect(await m.end()).toBe(0);
    expect(m.log()).toBe('');
    expect((await m.rows()).filter(({ kind }) => kind === 'violation').map(textOf)).toEqual([]);
  });

  test.each(kinds)('every extent told (%s) holds the bytes of the file', { timeout: 60_000 }, async (_name, options) => {
    const m = await mount(options);
    const hex = await m.sh(`
      head -c 500000 /dev/urandom > f
      dd if=/dev/urandom of=f bs=4096 seek=200 count=20 conv=notrunc status=none
      for at in 3 77 150; do dd if=/dev/urandom of=f bs=1000 seek=$at count=7 conv=notrunc,fsync status=none; done
      fallocate -p -o 20000 -l 50000 f; fallocate -z -o 100001 -l 9999 f; truncate -s 900001 f
      dd if=/dev/urandom of=f bs=4096 seek=10 count=30 conv=notrunc oflag=direct status=none
      sync f; od -An -v -tx1 f | tr -d ' \\n'
    `);
    const bytes = Buffer.from(hex, 'hex');
    expect(await m.end()).toBe(0);
    const rows = await m.rows(),
      image = await open(m.image);
    try {
      const told = await fileAsTold(
        rows,
        'f',
        bytes.length,
        async (addr, into) => void (await image.read(into, 0, into.length, Number(addr))),
      );
      expect(Buffer.compare(told, bytes)).toBe(0);
    } finally {
      await image.close();
    }
  });

  test.each(kinds)(
    'a mount (%s) holds after each of many random strokes what a copy in memory holds',
    { timeout: 120_000 },
    async (_name, options) => {
      const m = await mount(options);
      for (const [seed, largest] of [
        [1, 1 << 20],
        [2, 9000],
      ] as const)
        await m.exercise(`file-${seed}`, seed, 300, largest);
      expect(await m.end()).toBe(0);
      expect(m.log()).toBe('');
    },
  );

  test.skipIf(!has('fio'))(`fio verifies what it wrote, cached and direct${without('fio')}`, { timeout: 60_000 }, async () => {
    const m = await mount({ cache: 'writeback', pieces: [5, 64] });
    for (const direct of [0, 1])
      await m.sh(
        `fio --name=verify${direct} --rw=randrw --bs=512-64k --bs_unaligned=${1 - direct} --size=16M --direct=${direct} --verify=crc32c --do_verify=1 --verify_fatal=1 --output=/dev/null`,
      );
    expect(await m.end()).toBe(0);
  });

  test.skipIf(!has('sqlite3'))(`sqlite3 works on it, in WAL mode${without('sqlite3')}`, { timeout: 60_000 }, async () => {
    const m = await mount({ cache: 'writeback' });
    await m.sh(`
      sqlite3 db "pragma journal_mode=wal; create table t(a); with recursive n(i) as (select 1 union all select i+1 from n where i<20000) insert into t select hex(randomblob(20)) from n;" > /dev/null
      test "$(sqlite3 db 'pragma integrity_check')" = ok
    `);
    expect(await m.end()).toBe(0);
  });

  test.skipIf(!has('git'))(`git clones on it${without('git')}`, { timeout: 60_000 }, async () => {
    const m = await mount({ cache: 'through', isDelalloc: true });
    await m.sh(`
      git -c init.defaultBranch=main init -q repo; cd repo; for i in $(seq 100); do seq "$i" 500 > "f$i"; done
      git add .; git -c user.name=t -c user.email=t@t commit -qm one; cd ..
      git clone -q repo copy; cd copy; git fsck --strict > /dev/null; test -z "$(git status --porcelain)"
    `);
    expect(await m.end()).toBe(0);
    expect(m.log()).toBe('');
  });

  test.each(['writeback', 'through'] as const)(
    'who writes (%s) without a right to suid takes it away, and no write is preceded by a GETXATTR',
    { timeout: 60_000 },
    async (cache) => {
      const m = await mount({ cache });
      const said = await m.sh(`
      chmod 777 .; for f in written cut given kept; do echo 1 > $f; chmod 6777 $f; done
      setpriv --reuid 65534 --regid 65534 --clear-groups sh -c 'echo 2 >> written; truncate -s 1 cut'
      chown 65534 given; echo 2 >> kept; stat -c %a written cut given kept
      dd if=/dev/zero of=many bs=4k count=500 status=none
      dd if=/dev/zero of=direct bs=4k count=500 oflag=direct status=none
    `);
      expect(said.trim().split('\n')).toEqual(['777', '777', '777', '6777']);
      expect(await m.end()).toBe(0);
      const asked = (await m.rows()).filter(({ kind, flags }) => kind === 'op-begin' && flags === Opcode.GETXATTR);
      expect(asked.length).toBeLessThan(50);
    },
  );

  test('a disk that is full is told to write, or to fsync behind the cache, and what was synced stays', { timeout: 60_000 }, async () => {
    for (const cache of ['writeback', 'through'] as const) {
      const m = await mount({ cache, bytes: 4 << 20 });
      const said = await m.sh(`
        head -c 1000000 /dev/urandom > kept; sync kept; sum=$(md5sum < kept)
        dd if=/dev/zero of=big bs=1M count=8 conv=fsync 2>&1 || true
        echo 2 > /proc/sys/vm/drop_caches
        test "$(md5sum < kept)" = "$sum"
      `);
      expect(said).toContain('No space left on device');
      expect(await m.end()).toBe(0);
      await m.remove();
    }
  });

  test('a server whose leash breaks ends by itself', { timeout: 60_000 }, async () => {
    const m = await mount({ cache: 'through' });
    await m.sh('echo hello > a');
    const over = new Promise((resolve) => m.server.on('exit', resolve));
    m.server.stdin!.end();
    expect(await over).toBe(0);
  });

  test('a server that gets SIGTERM ends: poll returns to Node', { timeout: 60_000 }, async () => {
    const m = await mount({ cache: 'through' });
    const over = new Promise((resolve) => m.server.on('exit', (_code, signal) => resolve(signal)));
    m.server.kill('SIGTERM');
    expect(await over).toBe('SIGTERM');
  });
});

/** The bytes of a file, put together from the extent rows and the image alone. */
async function fileAsTold(
  rows: RowObject[],
  path: string,
  size: number,
  read: (addr: bigint, into: Uint8Array) => Promise<void>,
): Promise<Uint8Array> {
  const BLOCK = 4096,
    out = new Uint8Array(Math.ceil(size / BLOCK) * BLOCK),
    inode = rows.find((row) => row.kind === 'inode' && textOf(row) === path)!.inode;
  const blocks: ({ type: number; addr: bigint } | undefined)[] = Array.from({ length: out.length / BLOCK });
  for (const row of rows)
    if (row.kind === 'extent' && row.inode === inode && row.role === MapLayer.data)
      for (let at = row.offset; at < row.offset + row.length && at < BigInt(out.length); at += BigInt(BLOCK))
        blocks[Number(at) / BLOCK] = { type: row.type, addr: row.addr === NO_ADDR ? NO_ADDR : row.addr + at - row.offset };
  for (const [i, block] of blocks.entries()) {
    if (!block) throw new Error(`nothing is known of block ${i}`);
    if (block.type === MapType.MAPPED) await read(block.addr, out.subarray(i * BLOCK, (i + 1) * BLOCK));
    else if (block.type !== MapType.HOLE && block.type !== MapType.UNWRITTEN) throw new Error(`block ${i} is of type ${block.type}`);
  }
  return out.subarray(0, size);
}
