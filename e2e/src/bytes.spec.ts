import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Agent, noFuse, sh, Writer } from './agent.ts';
import { compare, show } from './shown.ts';

for (const cache of ['writeback', 'through'])
  test.describe(`every extent that show reports holds the file's bytes (cache ${cache})`, () => {
    test.skip(noFuse !== undefined, noFuse);
    const agent = new Agent();
    const source = join(tmpdir(), `mapscope-source-${process.pid}-${cache}`);

    test.beforeAll(async () => {
      writeFileSync(source, randomBytes(5_000_123));
      await agent.start(['demo', '--workload', 'none', '--cache', cache]);
    });
    test.afterAll(async () => {
      rmSync(source, { force: true });
      await agent.stop();
    });

    const verify = async (file: string): Promise<ReturnType<typeof compare>> => {
      await sh(`sync -f ${file}; sync ${file}`);
      const compared = compare(await show(agent, file));
      expect(compared.wrong, file).toEqual([]);
      expect(compared.uncovered, file).toEqual([]);
      return compared;
    };

    test('cp of a file whose size is no multiple of anything', async () => {
      const file = join(agent.mount, 'plain/copy.bin');
      await sh(`cp ${source} ${file}; cmp ${source} ${file}`);
      expect((await verify(file)).bytes['MAPPED']).toBe(5_000_123);
    });

    test('dd with holes, cached and direct', async () => {
      const file = join(agent.mount, 'plain/sparse.bin');
      await sh(`
        dd if=${source} of=${file} bs=64K count=4 seek=8 conv=notrunc status=none
        dd if=${source} of=${file} bs=64K count=2 seek=40 oflag=direct conv=notrunc status=none
        dd if=${source} of=${file} bs=1000 count=3 seek=5000 conv=notrunc status=none`);
      const { bytes } = await verify(file);
      expect(bytes['HOLE']).toBeGreaterThan(1_000_000);
      expect(bytes['MAPPED']).toBeGreaterThan(6 * 65_536);
    });

    test('fallocate, then punch', async () => {
      const file = join(agent.mount, 'plain/punched.bin');
      await sh(`
        fallocate -l 2M ${file}
        dd if=${source} of=${file} bs=4K count=100 seek=50 conv=notrunc status=none
        fallocate -p -o 300000 -l 65536 ${file}`);
      const { bytes } = await verify(file);
      expect(bytes['UNWRITTEN']).toBeGreaterThan(1_000_000);
      expect(bytes['HOLE']).toBeGreaterThanOrEqual(15 * 4096);
    });

    test('a striped file, on several devices', async () => {
      const file = join(agent.mount, 'striped/copy.bin');
      await sh(`cp ${source} ${file}; dd if=${source} of=${file} bs=100000 count=7 seek=3 conv=notrunc status=none`);
      const shown = await show(agent, file);
      expect(shown.layouts.length).toBeGreaterThan(0);
      expect((await verify(file)).devices.size).toBeGreaterThan(1);
    });

    // Behind the writeback cache nothing has a place before a flush.
    if (cache === 'through')
      test('a striped file that was empty at first, and stays open, has its layout with its first extent', async () => {
        const file = join(agent.mount, 'striped/open.bin'),
          writer = new Writer(file);
        try {
          await writer.append(300_000);
          const { extents, layouts } = await show(agent, file);
          expect(extents[0]).toMatchObject({ offset: '0', type: 'MAPPED' });
          expect(layouts).toHaveLength(1);
        } finally {
          await writer.end();
        }
      });

    test('a file that fragments on purpose', async () => {
      const file = join(agent.mount, 'fragmented/copy.bin');
      await sh(`cp ${source} ${file}`);
      await verify(file);
      expect((await show(agent, file)).extents.length).toBeGreaterThan(20);
    });

    test('a tiny file', async () => {
      const file = join(agent.mount, 'tiny/note');
      await sh(`printf 'where are my bytes' > ${file}; sync ${file}; grep -q 'are my' ${file}`);
      await verify(file);
    });

    test('sqlite3', async () => {
      const file = join(agent.mount, 'plain/a.db');
      await sh(`
        sqlite3 ${file} "create table t(a integer primary key, b text); with recursive n(i) as (select 1 union all select i+1 from n where i<2000) insert into t select i, hex(randomblob(40)) from n;"
        sqlite3 ${file} "update t set b='x' where a%7=0; delete from t where a%5=0; pragma integrity_check;" | grep -qx ok`);
      await verify(file);
    });

    test('truncation down and up again leaves zeroes', async () => {
      const file = join(agent.mount, 'plain/cut.bin');
      await sh(`cp ${source} ${file}; truncate -s 1234567 ${file}; truncate -s 2000000 ${file}`);
      await sh(`cmp -n 1234567 ${source} ${file}; test "$(tail -c +1234568 ${file} | tr -d '\\0' | wc -c)" = 0`);
      await verify(file);
    });

    test('git clone and tar', async () => {
      const work = join(agent.mount, 'plain');
      await sh(`
        cd ${work}; git init -q origin; cd origin
        for i in 1 2 3 4 5; do head -c $((i*7001)) ${source} > f$i; git add f$i; git -c user.name=a -c user.email=a@b commit -qm $i; done
        cd ..; git clone -q origin copy; git -C copy fsck --strict; tar cf all.tar copy; mkdir out; tar xf all.tar -C out; diff -r copy out/copy`);
      await verify(join(work, 'all.tar'));
    });
  });
