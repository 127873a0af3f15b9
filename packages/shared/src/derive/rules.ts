import { rangeRules } from './btrfs/range-rules.ts';
import { referenceRules } from './btrfs/reference-rules.ts';
import { daxRules } from './dax-rules.ts';
import { directRules } from './direct-rules.ts';
import { changeRules } from './ext4/change-rules.ts';
import { pageRules } from './ext4/page-rules.ts';
import { statusRules } from './ext4/status-rules.ts';
import { submissionRules } from './ext4/submission-rules.ts';
import { folioRules } from './folio-rules.ts';
import { fuseRules } from './fuse-rules.ts';
import { iomapRules } from './iomap-rules.ts';
import { markRules } from './mark-rules.ts';
import { readRules } from './read-rules.ts';
import type { Rule } from './rule.ts';
import type { Filesystem } from './volume.ts';
import { writebackEndRules } from './writeback-end-rules.ts';
import { writebackRules } from './writeback-rules.ts';
import { birthRules } from './xfs/birth-rules.ts';
import { forkRules } from './xfs/fork-rules.ts';
import { learnRules } from './xfs/learn-rules.ts';
import { reflinkRules } from './xfs/reflink-rules.ts';
import { shutdownRules } from './xfs/shutdown-rules.ts';
import { spaceRules } from './xfs/space-rules.ts';
import { staleRules } from './xfs/stale-rules.ts';

const cacheRules = [...folioRules, ...iomapRules, ...writebackRules],
  commonRules = [...cacheRules, ...readRules, ...directRules, ...daxRules, ...markRules, ...writebackEndRules];

/*
 * What a FUSE mount's kernel side tells on a stock kernel (facts: live-facts 8-12, 14) is folio state and writers only: the maps come from the
 * server's own messages, and so does what was written back (`clean`, `failed`). Not asked for, because they say nothing on these mounts:
 * `iomap_add_to_ioend`, `iomap_invalidate_folio` and `iomap_release_folio` never fire on 6.18; `folio_wait_writeback` says that somebody waited;
 * `filemap_set_wb_err` names no range, the failed WRITE does.
 */
const fuseEvents: ReadonlySet<string> = new Set([
  'mm_filemap_add_to_page_cache',
  'mm_filemap_delete_from_page_cache',
  'writeback_dirty_folio',
  'iomap_iter',
  'iomap_iter_dstmap',
  'iomap_writeback_folio',
]);

const served = [...cacheRules.filter(({ event }) => fuseEvents.has(event)), ...markRules];

/** Rules by what serves the files. `served`: a FUSE mount whose requests are told by who answers or relays them. */
export const rules: { readonly [F in Filesystem | 'served']: readonly Rule[] } = {
  served,
  fuse: [...served, ...fuseRules, ...writebackEndRules],
  xfs: [...commonRules, ...forkRules, ...spaceRules, ...reflinkRules, ...birthRules, ...staleRules, ...shutdownRules, ...learnRules],
  ext4: [...commonRules, ...statusRules, ...pageRules, ...submissionRules, ...changeRules],
  btrfs: [...commonRules, ...rangeRules, ...referenceRules],
  other: commonRules,
};
export type RulesName = keyof typeof rules;

export const filesystemOf = (name: RulesName): Filesystem => (name === 'served' ? 'fuse' : name);
