export { devOfBdi } from './bdi.ts';
export { createDeriver } from './deriver.ts';
export type { Deriver, DeriverOptions } from './deriver.ts';
export type { Identify } from './rows.ts';
export { rules } from './rules.ts';
export type { RulesName } from './rules.ts';
export type { Rule } from './rule.ts';
