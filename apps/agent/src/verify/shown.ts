import { extentFlags } from '@mapscope/shared/wire';
import { How, MapType, NO_ADDR } from '@mapscope/shared/trace';
import { knownOf, type MapClaim, type Shares } from '@mapscope/shared/verify';
import { namesOf } from '../hub/index.ts';
import type { Judgement } from './judge.ts';
import { type ModelFacts, verdictOf, type VerdictName, type Verified } from './verified.ts';

/** A range of which the model says something else than the kernel; numbers of 64 bits are decimal strings. */
export interface ShownDifference {
  readonly of: 'map' | 'cache' | 'seek' | 'bytes' | 'blocks';
  readonly offset: string;
  readonly length: string;
  readonly model: ShownMap | string;
  /** null: nothing is there. */
  readonly kernel: ShownMap | string | null;
  /** Why it is no difference. */
  readonly why?: string;
}

export interface ShownMap {
  readonly type: string;
  readonly device: string | null;
  readonly addr: string | null;
  readonly flags: readonly string[];
  readonly how: string;
}

interface ShownShares {
  readonly events: string;
  readonly asked: string;
  readonly unknown: string;
}

export interface ShownJudgement {
  readonly differences: readonly ShownDifference[];
  readonly excused: readonly ShownDifference[];
  /** Pages. */
  readonly known: { readonly pages: ShownShares; readonly map: ShownShares; readonly cache: ShownShares };
  /** Of all pages, 0 to 1. */
  readonly share: number;
  /** What of dirty folios was held to more than cachestat: bytes of clean blocks to those of the device, and, once written back, blocks to what was written. */
  readonly compared: { readonly bytes: string; readonly blocks: boolean };
}

/** What `mapscope verify --json` prints of a file. */
export interface ShownVerified extends Partial<ShownJudgement> {
  readonly file: string;
  readonly verdict: VerdictName;
  readonly size: string;
  readonly tries: number;
  readonly model: ModelFacts;
  readonly synced?: ShownJudgement;
}

export const shownVerified = (it: Verified): ShownVerified => ({
  file: it.file,
  verdict: verdictOf(it),
  size: String(it.size),
  tries: it.tries,
  model: it.model,
  ...(it.judgement && shownJudgement(it.judgement)),
  ...(it.synced && { synced: shownJudgement(it.synced) }),
});

function shownJudgement({ differences, excused, cache, seek, bytes, blocks, known }: Judgement): ShownJudgement {
  const told = (of: ShownDifference['of'], it: { from: bigint; to: bigint; model: string; kernel: string }): ShownDifference => ({
    of,
    ...range(it),
    model: it.model,
    kernel: it.kernel,
  });
  const mapped = (it: Judgement['differences'][number]): ShownDifference => ({
    of: 'map',
    ...range(it),
    model: shownMap(it.model),
    kernel: it.kernel ? shownMap(it.kernel) : null,
  });
  return {
    differences: [
      ...differences.map(mapped),
      ...cache.map((it) => told('cache', it)),
      ...seek.map((it) => told('seek', it)),
      ...bytes.differences.map((it) => told('bytes', { ...it, model: `clean at ${it.addr} of ${it.device}`, kernel: 'other bytes there' })),
      ...(blocks ?? []).map((it) => told('blocks', it)),
    ],
    excused: excused.map((it) => ({ ...mapped(it), why: it.why })),
    known: { pages: shownShares(known.pages), map: shownShares(known.map), cache: shownShares(known.cache) },
    share: knownOf(known.pages),
    compared: { bytes: String(bytes.compared), blocks: blocks !== undefined },
  };
}

const range = ({ from, to }: { readonly from: bigint; readonly to: bigint }) => ({ offset: String(from), length: String(to - from) });
const shownShares = ({ events, asked, unknown }: Shares): ShownShares => ({
  events: String(events),
  asked: String(asked),
  unknown: String(unknown),
});

const types = namesOf(MapType),
  hows = namesOf(How);

const shownMap = ({ type, device, addr, flags, how }: MapClaim): ShownMap => ({
  type: types.get(type) ?? `${type}?`,
  device: device || null,
  addr: addr === NO_ADDR ? null : String(addr),
  flags: extentFlags.names(flags),
  how: hows.get(how) ?? `${how}?`,
});
