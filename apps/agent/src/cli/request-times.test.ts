import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { modelAt } from '@mapscope/shared/model';
import { openRecording, OpType, sourceOf } from '@mapscope/shared/trace';
import { isFlaw, U64_MAX } from '@mapscope/shared/units';
import { Opcode } from '@mapscope/shared/wire';
import { describe, expect, test } from 'vitest';
import { findTracefs } from '../host/index.ts';
import { until } from '../sources/testing/live.ts';
import { isRoot, noRun, runToEnd, titled } from './testing/agent.ts';
import { setUpWatching } from './testing/watching.ts';

const { path } = await findTracefs(process.getuid?.() ?? -1),
  cannot = path === null || !existsSync(join(path, 'events/syscalls')) ? 'system calls cannot be traced here' : undefined,
  why = noRun ?? (isRoot ? cannot : 'watching takes root');
const here = await setUpWatching();

describe.skipIf(why !== undefined)(titled('mapscope watch --request-times', why), { timeout: 60_000 }, () => {
  test('records of each request when its server took it and when it began to answer, also of a mount of ours', async () => {
    const { place } = here,
      { mount } = await place.demo('--workload', 'none', '--size', '64M'),
      watch = await place.start('watch', '--request-times', mount),
      file = join(place.folder, 'recorded');
    const recorded = place.mapscope('record', '-o', file, '--for', '3', '--run', watch.record.id, '--json');
    await until('it records', () => existsSync(file));
    const { code } = await runToEnd('sh', [
      '-c',
      `i=0; while [ $i -lt 20 ]; do echo $i > '${mount}/plain/times'; rm '${mount}/plain/times'; i=$((i + 1)); done`,
    ]);
    expect(code).toBe(0);
    expect(await recorded).toMatchObject({ code: 0 });
    const recording = await openRecording(sourceOf(readFileSync(file)), (packed) => inflateRawSync(packed));
    if (isFlaw(recording)) throw new Error(recording.field);
    const { ops } = (await modelAt(recording, U64_MAX)).model,
      made = ops
        .endedSlots()
        .map((slot) => ops.at(slot))
        .filter(({ type, flags }) => type === OpType.request && flags === Opcode.CREATE),
      timed = made.filter(({ taken, reply }) => taken !== U64_MAX && reply !== U64_MAX);
    expect(made.length).toBeGreaterThan(0);
    expect(timed.length).toBeGreaterThan(0);
    for (const { begin, taken, reply, end } of timed)
      expect([begin, taken, reply, end]).toEqual([begin, taken, reply, end].sort((a, b) => Number(a - b)));
  });
});
