import { type Flaw, flaw } from '../units/index.ts';
import type { Field, Row, Slot } from './fields.ts';
import { type Struct, tooShort } from './struct.ts';

/**
 * A part of a message and what it is. Pieces lie one behind the other; `at` counts from the first byte of the message. Of what is cut off
 * there is a piece for what is left of it.
 */
export type Piece =
  | { readonly what: 'struct'; readonly at: number; readonly size: number; readonly struct: string; readonly slots: readonly Slot[] }
  /** A name; its NUL is part of the piece when it has one. */
  | { readonly what: 'name'; readonly at: number; readonly size: number; readonly field: string }
  | { readonly what: 'data'; readonly at: number; readonly size: number; readonly field: string }
  | { readonly what: 'u64 list' | 'u32 list'; readonly at: number; readonly size: number; readonly field: string }
  | { readonly what: 'padding'; readonly at: number; readonly size: number };

/** Not refused, but said: the codes `W_…` of spec/protocol.md 9. Fields as in `Flaw`. */
export type Warning = Flaw;

const EMPTY = new Uint8Array(0);

/**
 * Reads bytes from front to back and keeps what each part of them is: a decoder takes the values, the byte view the pieces. The first
 * flaw ends it: whatever is read afterwards is `undefined`.
 */
export class Cursor {
  readonly bytes: Uint8Array;
  /** Nothing is read from here on. */
  end: number;
  readonly pieces: Piece[] = [];
  readonly warnings: Warning[] = [];
  flaw: Flaw | undefined;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = Math.max(at, end);
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Reads with a nearer end. */
  within<T>(end: number, read: () => T): T {
    const whole = this.end;
    this.end = end;
    const out = read();
    this.end = whole;
    return out;
  }

  /** Ends the reading; `at` is the first byte that made no sense. */
  fail(code: string, field: string, found: string, allowed: string, at = this.at): undefined {
    this.flaw ??= flaw({ code, at, field, found, allowed });
    return undefined;
  }

  warn(code: string, field: string, found: string, allowed: string, at = this.at): void {
    this.warnings.push(Object.freeze({ code, at, field, found, allowed }));
  }

  /** A struct, or the first `size` bytes of it: fields past them are left out. */
  struct<F extends readonly Field[]>(table: Struct<F>, size = table.size): Row<F> | undefined {
    if (this.flaw) return undefined;
    if (size > this.left) {
      const whole = table.slots.filter((slot) => slot.size > 0 && slot.at + slot.size <= this.left),
        last = whole.at(-1);
      this.flaw = tooShort(table.name, this.bytes.subarray(0, this.end), this.at, size);
      if (last) this.pieces.push({ what: 'struct', at: this.at, size: last.at + last.size, struct: table.name, slots: whole });
      return undefined;
    }
    const whole = size === table.size,
      slots = whole ? table.slots : table.slots.filter((slot) => slot.at + slot.size <= size);
    const row = whole ? table.read(this.bytes, this.at) : partOf(table, slots, this.bytes.subarray(this.at, this.at + size));
    this.pieces.push({ what: 'struct', at: this.at, size, struct: table.name, slots });
    this.at += size;
    return row as Row<F>;
  }

  /** A name up to its NUL, without it. An empty one is no name. */
  name(field: string): Uint8Array | undefined {
    if (this.flaw) return undefined;
    const end = this.bytes.subarray(0, this.end).indexOf(0, this.at);
    if (end < 0) return this.fail('E_NAME', field, 'a name without its NUL', 'a name and a NUL');
    if (end === this.at) return this.fail('E_NAME', field, 'empty', 'a name and a NUL');
    const name = this.bytes.subarray(this.at, end);
    this.pieces.push({ what: 'name', at: this.at, size: end + 1 - this.at, field });
    this.at = end + 1;
    return name;
  }

  /** So many bytes. */
  take(what: 'name' | 'data' | 'u64 list' | 'u32 list', field: string, size: number): Uint8Array | undefined {
    if (this.flaw) return undefined;
    if (size > this.left) {
      if (this.left > 0) this.pieces.push({ what: 'data', at: this.at, size: this.left, field });
      return this.fail('E_SHORT', field, `${this.left} bytes`, `${size}`);
    }
    const bytes = this.bytes.subarray(this.at, this.at + size);
    if (size > 0) this.pieces.push({ what, at: this.at, size, field });
    this.at += size;
    return bytes;
  }

  /** Everything that is left. */
  rest(field: string): Uint8Array {
    return this.take('data', field, this.left) ?? EMPTY;
  }

  /** Up to a multiple of 8 from `start`; false when the bytes end before. */
  pad(start: number): boolean {
    const size = -(this.at - start) & 7;
    if (this.flaw) return false;
    if (size > this.left) {
      this.fail('E_SHORT', 'padding', `${this.left} bytes`, `${size}`);
      return false;
    }
    if (size > 0) this.pieces.push({ what: 'padding', at: this.at, size });
    this.at += size;
    return true;
  }

  /** Nothing may follow. */
  done(field: string): boolean {
    if (!this.flaw && this.left > 0) this.fail('E_SIZE', field, `${this.end} bytes`, `${this.at}`);
    return !this.flaw;
  }
}

function partOf(table: Struct<readonly Field[]>, slots: readonly Slot[], bytes: Uint8Array): Record<string, unknown> {
  const whole = new Uint8Array(table.size);
  whole.set(bytes);
  const row = table.read(whole) as Record<string, unknown>;
  return Object.fromEntries(slots.map(({ name }) => [name, row[name]]));
}
