import { fuseRules } from './fuse.ts';
import type { Rule } from './rule.ts';

/** Rules by what serves the files. */
export const rules = { fuse: fuseRules } as const satisfies Readonly<Record<string, readonly Rule[]>>;
export type RulesName = keyof typeof rules;
