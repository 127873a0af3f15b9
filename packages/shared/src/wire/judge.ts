import { isFlaw, type Flaw } from '../units/index.ts';
import type { Warning } from './cursor.ts';
import { type Asked, decode, type Kind } from './kind.ts';
import type { Plain } from './plain.ts';
import { isError, type Violation } from './violation.ts';

/** Everything that can be said of bytes of a kind. */
export interface Verdict {
  /** No flaw, and no error among the broken rules. */
  readonly isValid: boolean;
  /** As JSON; `undefined` where the bytes give none. */
  readonly value: Plain | undefined;
  /** What the value leaves out. */
  readonly more: Plain | undefined;
  /** Why the bytes can not be decoded. */
  readonly flaw: Flaw | undefined;
  /** Broken rules that are errors, in their order. */
  readonly errors: readonly Violation[];
  /** Broken rules that are odd only. */
  readonly remarks: readonly Violation[];
  readonly warnings: readonly Warning[];
}

/** `asked`: what the bytes answer; rules that need more than is known of it are not judged. */
export function judge(kind: Kind, bytes: Uint8Array, asked: Asked = { file: {} }): Verdict {
  const decoded = decode(kind, bytes);
  if (isFlaw(decoded)) {
    const seen = kind.glimpse?.(bytes);
    return {
      isValid: false,
      value: seen === undefined ? undefined : kind.toPlain(seen),
      more: undefined,
      flaw: decoded,
      errors: [],
      remarks: [],
      warnings: [],
    };
  }
  const { value, warnings } = decoded,
    violations = kind.check?.(value, bytes, asked) ?? [],
    errors = violations.filter(isError);
  return {
    isValid: errors.length === 0,
    value: kind.toPlain(value),
    more: kind.more?.(value),
    flaw: undefined,
    errors,
    remarks: violations.filter((one) => !isError(one)),
    warnings,
  };
}

/** Codes without repetition, in the order in which they came. */
export const codesOf = (list: readonly { readonly code: string }[]): readonly string[] => [...new Set(list.map(({ code }) => code))];
