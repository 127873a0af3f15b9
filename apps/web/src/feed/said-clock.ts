import { parseU64 } from '@mapscope/shared/units';

/** A moment as the agent says it in JSON: nanoseconds as a decimal in a string. Undefined: it says none. */
export const clockOf = (said: unknown): bigint | undefined => (typeof said === 'string' ? parseU64(said) : undefined);
