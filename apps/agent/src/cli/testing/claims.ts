import { statSync } from 'node:fs';
import { ofStatDev, kernelDev } from '@mapscope/shared/units';
import { showByFiemap } from '../../sources/fiemap/index.ts';
import { showCache } from '../../sources/pagecache/index.ts';
import { undisturbed } from '../../sources/testing/live.ts';
import { askOnce } from '../agent-socket.ts';

/** What the running model says of a file (docs/architecture.md "Agent socket"), as far as tests look. */
export interface Claims {
  readonly file: string;
  readonly inode: number;
  readonly size: string;
  readonly extents: readonly {
    readonly offset: string;
    readonly length: string;
    readonly addr: string | null;
    readonly type: string;
    readonly flags: readonly string[];
    readonly how: string;
  }[];
  readonly folios: readonly { readonly offset: string; readonly length: string; readonly state: string; readonly how: string }[];
  readonly told: { readonly events: number; readonly refreshes: number };
}

/** Asked when everything up to now is in the model. The filesystem must have a device of its own. */
export function claimsOf(socket: string, file: string, more: object = {}): Promise<Claims> {
  const { dev, ino } = statSync(file, { bigint: true });
  const asked = { dev: kernelDev(ofStatDev(dev)), root: '0', ino: String(ino), until: String(process.hrtime.bigint()), ...more };
  return askOnce(socket, { claims: asked }, 10_000) as unknown as Promise<Claims>;
}

const PAGE = 4096;

export interface Compared {
  readonly wrong: readonly string[];
  /** Blocks and pages of which something is claimed. */
  readonly known: number;
  readonly all: number;
}

/**
 * Blocks and pages of a file of which the claims differ from what FIEMAP and cachestat say. The claims are asked before and after the kernel, until
 * both are the same: a sync by anybody else on the machine, between two questions, changes what the file has.
 */
export const compare = (socket: string, file: string): Promise<Compared> =>
  undisturbed(`${file} stayed as it was while it was compared`, async () => {
    const before = await claimsOf(socket, file),
      found = await compareOnce(before, file),
      after = await claimsOf(socket, file);
    return JSON.stringify([before.extents, before.folios]) === JSON.stringify([after.extents, after.folios]) ? found : undefined;
  });

async function compareOnce(claims: Claims, file: string): Promise<Compared> {
  const wrong: string[] = [],
    n = Math.ceil(statSync(file).size / PAGE),
    shown = await showByFiemap(file),
    { cache } = await showCache(file);
  const lay = <T extends { readonly offset: string; readonly length: string }>(
    runs: readonly T[],
    say: (run: T, at: number) => string,
  ): string[] => {
    const out: string[] = [];
    for (const run of runs)
      for (let k = Math.floor(Number(run.offset) / PAGE); k < Math.min(n, (Number(run.offset) + Number(run.length)) / PAGE); k++)
        out[k] = say(run, k * PAGE - Number(run.offset));
    return out;
  };
  const place = ({ type, addr }: { readonly type: string; readonly addr: string | null }, at: number): string =>
    addr === null ? type : `${type} ${Number(addr) + at}`;
  const says = lay(claims.extents, place),
    is = lay(shown.extents, place),
    // A page with a dirty byte is dirty.
    order = ['added', 'clean', 'writeback', 'folioDirty', 'dirty', 'unknown'],
    pages = lay(
      [...claims.folios].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)),
      ({ state }) => (state === 'folioDirty' ? 'dirty' : state === 'added' ? 'clean' : state),
    ),
    cached = lay(cache.ranges, ({ flags }) => (flags.includes('DIRTY') ? 'dirty' : flags.includes('WRITEBACK') ? 'writeback' : 'clean'));
  let known = 0;
  for (let k = 0; k < n; k++) {
    const map = says[k] ?? 'UNKNOWN',
      page = pages[k] ?? 'absent';
    if (map !== 'UNKNOWN') known++;
    if (page !== 'unknown') known++;
    if (map !== 'UNKNOWN' && map !== (is[k] ?? 'HOLE')) wrong.push(`block ${k}: ${map}, not ${is[k] ?? 'HOLE'}`);
    if (page !== 'unknown' && page !== (cached[k] ?? 'absent')) wrong.push(`page ${k}: ${page}, not ${cached[k] ?? 'absent'}`);
  }
  return { wrong, known, all: 2 * n };
}
