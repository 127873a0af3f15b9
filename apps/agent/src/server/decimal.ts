import * as z from 'zod';

/** A u64 as JSON has it: a decimal string. */
export const decimal = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt)
  .pipe(z.bigint().max(2n ** 64n - 1n));
