import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Agent, noFuse, sh } from './agent.ts';
import { compare, type Shown } from './shown.ts';

/** What a pipe keeps beside the kernel's own 1 MiB: a burst overflows it at once. */
const TINY = '64K';
const files = ['plain/grown', 'plain/new', 'striped/grown', 'striped/new', 'fragmented/new', 'plain/cut', 'tiny/note', 'striped/moved'];

interface Status {
  readonly runs: readonly {
    readonly processes: readonly { readonly role: string; readonly pid: number }[];
    readonly agent: { readonly lost: string };
  }[];
}

const isUnknown = ({ extents }: Shown): boolean => extents.length === 0 || extents.some(({ type }) => type === 'UNKNOWN');

/** Rows get lost where somebody behind the session stops reading: nothing may stay unknown, or wrong, behind that. */
for (const stalled of ['collector', 'server'])
  test.describe(`rows lost in front of a stalled ${stalled}`, () => {
    test.skip(noFuse !== undefined, noFuse);
    const agent = new Agent();
    test.beforeAll(async () => {
      Object.assign(agent.env, { MAPSCOPE_PIPE_BYTES: TINY });
      await agent.start(['demo', '--workload', 'none']);
    });
    test.afterAll(async () => void (await agent.stop()));

    const status = async (): Promise<Status['runs'][number]> => (await agent.json<Status>('status')).runs[0]!;

    test('are made good: nothing stays unknown, and every extent holds the bytes of its file again', async () => {
      await sh(`
        cd ${agent.mount}
        for f in plain/grown striped/grown plain/cut plain/gone plain/moved; do head -c 300000 /dev/urandom > $f; done
        sync -f plain`);
      const { pid } = (await status()).processes.find(({ role }) => role === stalled)!;
      process.kill(pid, 'SIGSTOP');
      try {
        await sh(`
          cd ${agent.mount}
          for f in plain/grown plain/new striped/grown striped/new fragmented/new; do
            dd if=/dev/urandom of=$f bs=4k count=1000 oflag=direct conv=notrunc status=none
          done
          rm plain/gone; mv plain/moved striped/moved; truncate -s 5000 plain/cut; printf 'where am I' > tiny/note
          fallocate -p -o 8192 -l 100000 striped/grown; fallocate -l 7M plain/new
          sync -f plain`);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await expect.poll(async () => Number((await status()).agent.lost)).toBeGreaterThan(1000);
      const shown = async (): Promise<Shown[]> =>
        (await agent.command('show', ...files.map((name) => join(agent.mount, name)), '--json')).stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Shown);
      await expect.poll(async () => (await shown()).filter(isUnknown).map(({ file }) => file)).toEqual([]);
      for (const each of await shown()) {
        const compared = compare(each);
        expect(compared.wrong, each.file).toEqual([]);
        expect(compared.uncovered, each.file).toEqual([]);
        expect(each.layouts.length, each.file).toBe(each.file.includes('/striped/') && !each.file.endsWith('/moved') ? 1 : 0);
      }
    });
  });
