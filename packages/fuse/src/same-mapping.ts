import type { Mapping } from './filesystem.ts';

/** Whether two answers say the same; numbers first, since they are compared at once. */
export const isSameMapping = (a: Mapping, b: Mapping): boolean =>
  a.type === b.type && a.flags === b.flags && a.dev === b.dev && a.offset === b.offset && a.length === b.length && a.addr === b.addr;
