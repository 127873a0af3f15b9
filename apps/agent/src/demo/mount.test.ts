import { afterEach, describe, expect, test } from 'vitest';
import type { MountedDemo } from './testing/mounted-demo.ts';
import { mapInModel, mountDemo, whyNoMount } from './testing/mounted-demo.ts';
import { MiB, removeFolders } from './testing/rig.ts';

/* On a real mount: ordinary programs find their bytes again, and the frames tell the map that the filesystem has. */
const why = await whyNoMount();
const DIRECTORIES = ['plain', 'striped', 'fragmented', 'tiny'];
let mounted: MountedDemo | undefined;

afterEach(async () => {
  await mounted?.remove();
  mounted = undefined;
  removeFolders();
});

/** Everything ends well: no complaint, no broken rule, and each file's map in the model is the filesystem's own. */
async function endWell(): Promise<void> {
  const { outcome, model, log } = await mounted!.end();
  expect(log).toBe('');
  expect(model.violations.list().map(({ text }) => text)).toEqual([]);
  for (const { path, ino, map } of outcome) {
    const known = map.at(-1)!.startsWith('HOLE') ? map.slice(0, -1) : map;
    expect({ path, map: mapInModel(model, ino) ?? [] }).toEqual({ path, map: known });
  }
}

describe.each(['writeback', 'through'] as const)('the demo filesystem mounted with cache %s', (cache) => {
  if (why) return test.skip(why);

  test('gives dd, cp, truncate and fallocate back what they wrote, in each directory', { timeout: 90_000 }, async () => {
    mounted = await mountDemo({ cache, deviceBytes: 64 * MiB });
    for (const dir of DIRECTORIES)
      await mounted.sh(`
        head -c 3000000 /dev/urandom > /tmp/mapscope-demo-$$; trap 'rm -f /tmp/mapscope-demo-$$' EXIT
        cp /tmp/mapscope-demo-$$ ${dir}/copy; cmp /tmp/mapscope-demo-$$ ${dir}/copy
        dd if=/tmp/mapscope-demo-$$ of=${dir}/direct bs=64k oflag=direct conv=notrunc iflag=fullblock count=40 status=none; cmp -n $((40*65536)) /tmp/mapscope-demo-$$ ${dir}/direct
        for f in copy direct; do
          fallocate -p -o 100000 -l 500000 ${dir}/$f; fallocate -z -o 800000 -l 100000 ${dir}/$f
          [ "$(tail -c +100001 ${dir}/$f | head -c 500000 | tr -d '\\0' | wc -c)" = 0 ]
        done
        printf hello > ${dir}/small; echo -n ' there' >> ${dir}/small; [ "$(cat ${dir}/small)" = 'hello there' ]
        truncate -s 1000000 ${dir}/sparse; printf x | dd of=${dir}/sparse bs=1 seek=700000 conv=notrunc status=none; [ "$(tr -d '\\0' < ${dir}/sparse)" = x ]
        truncate -s 12345 ${dir}/copy; truncate -s 50000 ${dir}/copy; cmp -n 12345 /tmp/mapscope-demo-$$ ${dir}/copy
        fallocate -l 300000 ${dir}/reserved; fallocate -n -o 400000 -l 100000 ${dir}/reserved; [ "$(stat -c %s ${dir}/reserved)" = 300000 ]
        ln ${dir}/small ${dir}/link; mv ${dir}/link ${dir}/moved; rm ${dir}/small; [ "$(cat ${dir}/moved)" = 'hello there' ]
        sync -f ${dir}/moved`);
    await endWell();
  });

  test(
    'agrees with an array of bytes under random reads, writes, truncations and allocations of several files at once',
    { timeout: 90_000 },
    async () => {
      mounted = await mountDemo({ cache, deviceBytes: 64 * MiB });
      const program = `${process.execPath} ${process.env['MAPSCOPE_PROGRAMS']}/exerciser.mjs`;
      const seed = 1 + Math.floor(Math.random() * 1e6);
      await mounted.sh(
        `for dir in ${DIRECTORIES.join(' ')}; do ${program} $PWD/$dir/x ${seed} 600 & jobs+=" $!"; done; for job in $jobs; do wait $job; done`,
      );
      await endWell();
    },
  );

  test('carries sqlite, git and tar', { timeout: 90_000 }, async () => {
    mounted = await mountDemo({ cache, deviceBytes: 64 * MiB });
    await mounted.sh(`
      sqlite3 striped/db 'create table t(a,b); with recursive n(i) as (select 1 union all select i+1 from n where i<20000) insert into t select i, hex(randomblob(20)) from n; create index x on t(b); delete from t where a%3=0; vacuum; update t set b=a where a<500; pragma integrity_check' | grep -qx ok
      export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
      git init -q plain/repo; cd plain/repo; for i in $(seq 40); do seq $i 2000 > f$i; done; git add .; git commit -qm one; git gc -q; git clone -q . ../../fragmented/clone; git -C ../../fragmented/clone fsck --strict; cd ../..
      tar cf tiny/a.tar plain/repo; mkdir tiny/out; tar xf tiny/a.tar -C tiny/out; diff -r plain/repo tiny/out/plain/repo; rm -rf plain/repo; [ "$(ls plain | wc -l)" = 0 ]`);
    await endWell();
  });

  test('verifies under fio, cached, direct and by mmap', { timeout: 90_000 }, async () => {
    mounted = await mountDemo({ cache, deviceBytes: 64 * MiB });
    const job =
      '--size=3m --bs=4k --rw=randwrite --verify=crc32c --verify_fatal=1 --do_verify=1 --fallocate=none --minimal --output=/dev/null';
    await mounted.sh(`
      for dir in plain striped; do (cd $dir; fio --name=direct --direct=1 --ioengine=libaio --iodepth=8 ${job}; fio --name=mmap --ioengine=mmap ${job}); done
      cd fragmented; fio --name=cached --ioengine=psync ${job}`);
    await endWell();
  });

  test('tells a full volume by ENOSPC, keeps what fsync acknowledged, and has room again', { timeout: 90_000 }, async () => {
    mounted = await mountDemo({ cache, devices: 2, deviceBytes: 5 * MiB, strips: 2 });
    const said = await mounted.sh(`
      head -c 3145728 /dev/urandom > plain/kept; sync plain/kept; before=$(sha1sum < plain/kept)
      dd if=/dev/zero of=plain/full bs=1M count=9 conv=fsync 2>&1 || true
      dd of=plain/kept oflag=nocache conv=notrunc,fdatasync count=0 status=none; [ "$before" = "$(sha1sum < plain/kept)" ]
      rm plain/full; head -c 4000000 /dev/zero > plain/again; sync plain/again; stat -f -c '%a' .`);
    expect(said).toContain('No space left on device');
    await endWell();
  });
});
