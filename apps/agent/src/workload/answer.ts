import { getSystemErrorName } from 'node:util';

/** A negative errno as the error that Node would have thrown. */
export function orThrow(result: number): void {
  if (result >= 0) return;
  const code = getSystemErrorName(result);
  throw Object.assign(new Error(code), { code });
}
