import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, run } from './agent.ts';
import { claimsOf } from './claims.ts';

/** What became of a watched filesystem while a CPU went and came back. */
export interface Hotplugged {
  /** CPUs that were there, as the kernel says it: before, meanwhile, behind. */
  readonly online: readonly string[];
  readonly source: unknown;
  readonly lost: string;
  /** Extents that differ from what FIEMAP says, of files written on either CPU at each time. */
  readonly wrong: readonly string[];
  /** Extents that nobody knows. */
  readonly unknown: number;
}

const SWITCH = '/sys/devices/system/cpu/cpu1/online';
const online = (): string => readFileSync('/sys/devices/system/cpu/online', 'utf8').trim();

/** Watches `folder` on events alone, and writes to it by the second CPU, without it, and by it again. Needs two CPUs, of which one can be switched off. */
export async function hotplug(folder: string): Promise<Hotplugged> {
  const agent = await new Agent().start(['watch', folder, '--no-refresh']),
    cpus = [online()],
    write = (name: string, cpu: number) =>
      run('taskset', [
        '-c',
        String(cpu),
        'bash',
        '-euc',
        `head -c 300000 /dev/urandom > ${join(folder, name)}; sync ${join(folder, name)}`,
      ]);
  try {
    await write('with', 1);
    writeFileSync(SWITCH, '0');
    cpus.push(online());
    await write('without', 0);
    writeFileSync(SWITCH, '1');
    cpus.push(online());
    await write('again', 1);
    const wrong: string[] = [];
    let unknown = 0;
    for (const name of ['with', 'without', 'again']) {
      const file = join(folder, name),
        { extents } = await claimsOf(agent, file),
        shown = await agent.json<{ extents: readonly object[] }>('show', file);
      unknown += extents.filter(({ type }) => type === 'UNKNOWN').length;
      const brief = (all: readonly object[]): string =>
        JSON.stringify((all as typeof extents).map(({ offset, length, addr, type }) => [offset, length, addr, type]));
      if (brief(extents) !== brief(shown.extents)) wrong.push(`${name}: ${brief(extents)}, not ${brief(shown.extents)}`);
    }
    const { runs } = await agent.json<{ runs: { agent: { lost: string; sources: { name: string }[] } }[] }>('status'),
      { lost, sources } = runs[0]!.agent;
    return { online: cpus, source: sources.find(({ name }) => name === 'tracefs'), lost, wrong, unknown };
  } finally {
    await agent.stop();
  }
}
