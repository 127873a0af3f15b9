import { afterEach, expect, test } from 'vitest';
import { Kind, OpType, SourceId } from '@mapscope/shared/trace';
import { Opcode } from '@mapscope/shared/wire';
import { mountDemo, type MountedDemo, whyNoMount } from '../../demo/testing/mounted-demo.ts';
import { removeFolders } from '../../demo/testing/rig.ts';
import type { Tracefs } from '../../host/index.ts';
import { Undo, until } from '../testing/live.ts';
import { Listening } from './testing/listening.ts';

const undo = new Undo();
const place: Tracefs = await undo.tracefs();
await undo.release();
const why = place.path === null ? place.why : await whyNoMount();

let mounted: MountedDemo | undefined, listening: Listening | undefined;
afterEach(async () => {
  await listening?.stop();
  await mounted?.remove();
  await undo.release();
  removeFolders();
});

interface Request {
  readonly opcode: number;
  readonly count: bigint;
  readonly begin: bigint;
  end: bigint;
  result: bigint;
}

test.skipIf(why !== undefined)(
  `createTracefs tells each request of a FUSE mount, whoever serves it: queued before the server has it, over after its answer${why ? ` (skipped: ${why})` : ''}`,
  async () => {
    mounted = await mountDemo({ cache: 'through', deviceBytes: 64 << 20 });
    const device = (await mounted.sh('mountpoint -d .')).trim(),
      seen = (listening = new Listening(await undo.tracefs(), { devices: [device], identify: () => -1, rules: 'fuse' }));
    await until('the source is up', () => seen.frames.length > 0);
    await mounted.sh(`
      dd if=/dev/urandom of=plain/a bs=10000 count=7 status=none
      dd if=plain/a of=/dev/null iflag=direct bs=64k status=none
      ! rmdir plain 2> /dev/null`);
    // They have answers as soon as the programs have theirs.
    await seen.stop();

    const requests = new Map<bigint, Request>(),
      uniques = new Map<number, bigint>();
    for (const [f, i] of seen.rows(Kind.opBegin))
      if (f.type[i] === OpType.request) {
        uniques.set(f.op[i]!, f.addr[i]!);
        requests.set(f.addr[i]!, { opcode: f.flags[i]!, count: f.length[i]!, begin: f.time[i]!, end: 0n, result: 0n });
      }
    for (const [f, i] of seen.rows(Kind.opEnd)) {
      const request = requests.get(uniques.get(f.op[i]!) ?? 0n);
      if (request) Object.assign(request, { end: f.time[i]!, result: f.result[i]! });
    }
    const of = (opcode: number): Request[] => [...requests.values()].filter((request) => request.opcode === opcode);
    expect(of(Opcode.WRITE).reduce((sum, { count }) => sum + count, 0n)).toBe(70_000n);
    expect(of(Opcode.READ).reduce((sum, { result }) => sum + result, 0n)).toBe(70_000n);
    // ENOTEMPTY
    expect(of(Opcode.RMDIR).map(({ result }) => result)).toEqual([-39n]);

    // The server's own account of the same requests.
    const { model } = await mounted.end();
    let joined = 0;
    for (const slot of model.ops.endedSlots()) {
      const op = model.ops.at(slot),
        request = op.type === OpType.request && op.source === SourceId.fuse ? requests.get(op.unique) : undefined;
      if (!request) continue;
      joined++;
      expect([op.flags, request.begin <= op.begin, op.begin <= op.end, op.end <= request.end || request.end === 0n]).toEqual([
        request.opcode,
        true,
        true,
        true,
      ]);
    }
    expect(joined).toBeGreaterThanOrEqual(12);
  },
  30_000,
);
