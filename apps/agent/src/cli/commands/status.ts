import { join } from 'node:path';
import * as z from 'zod';
import { isAlive, type LiveRun, liveRuns, readSettings, sayBytes } from '../../host/index.ts';
import { askOnce } from '../agent-socket.ts';
import type { Run } from '../program.ts';

const ANSWER_WAIT_MS = 2000;

export const status: Run<object> = async ({ place, voice }) => {
  const { runtimeDir } = readSettings(place.surroundings);
  const runs = await Promise.all(liveRuns(runtimeDir).map(look));
  voice.tell({ runs });
  if (runs.length === 0) voice.say('Nothing runs. Start it: mapscope demo');
  for (const { id, command, startedAt, url, mounts, instances, recording, processes, agent } of runs) {
    voice.say(`${voice.bold(`run ${id}`)}  ${command.join(' ')}  since ${new Date(startedAt).toLocaleString('sv')}`);
    if (url !== null) voice.say(`  page       ${url}`);
    for (const { path } of mounts) voice.say(`  mount      ${path}`);
    if (recording !== null) voice.say(`  recording  ${recording}`);
    const buffer = bufferOf(agent);
    if (buffer) voice.say(`  buffer     ${sayBytes(buffer.bytes)} a CPU, ${buffer.fill} % full, ${buffer.most} % at most`);
    for (const { name, state, why, help } of silentOf(agent)) voice.say(`  ${name.padEnd(9)}  ${state}: ${why}. ${help}`);
    for (const instance of instances) voice.say(`  marks      what is written to ${join(instance, 'trace_marker')}`);
    for (const { role, pid, alive } of processes) voice.say(`  process    ${role} ${pid}${alive ? '' : ' (ended)'}`);
  }
  return 0;
};

/** The trace buffer, where a source says that it reads one. */
function bufferOf(agent: Readonly<Record<string, unknown>> | null): z.infer<typeof buffer> | undefined {
  const found = sources.safeParse(agent?.['sources']);
  return found.success ? found.data.find(({ buffer }) => buffer)?.buffer : undefined;
}

/** What tells nothing now, and why. */
function silentOf(agent: Readonly<Record<string, unknown>> | null): readonly z.infer<typeof source>[] {
  const found = sources.safeParse(agent?.['sources']);
  return found.success ? found.data.filter(({ state, why }) => state !== 'ok' && why !== '') : [];
}

const buffer = z.object({ bytes: z.number(), fill: z.number(), most: z.number() });
const source = z.object({ name: z.string(), state: z.string(), why: z.string(), help: z.string(), buffer: buffer.optional() });
const sources = z.array(source);

/** The record, and what the agent says of itself; null while it cannot. */
async function look({ record }: LiveRun) {
  const { id, command, startedAt, uid, url, mounts, instances, recording, processes, socket } = record;
  return {
    id,
    command,
    startedAt,
    uid,
    url,
    mounts: mounts.filter(({ type }) => type === 'fuse').map(({ path, device, fuseConnection }) => ({ path, device, fuseConnection })),
    instances,
    recording,
    processes: processes.map((process) => ({ ...process, alive: isAlive(process) })),
    agent: await askOnce(socket, { status: true }, ANSWER_WAIT_MS).catch(() => null),
  };
}
