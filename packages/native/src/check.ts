/** A wrong argument is a bug of the caller, so it throws; what the kernel refuses is answered as an errno. */
const tell = (value: unknown): string =>
  typeof value === 'bigint' ? `${value}n` : typeof value === 'string' ? JSON.stringify(value) : String(value);

const S32_MAX = 0x7fff_ffff;
const U64_LIMIT = 1n << 64n;

/** An integer from `from` to `to`, both allowed. */
export function checkInteger(name: string, value: number, from: number, to: number): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${typeof value} ${tell(value)}`);
  if (!Number.isInteger(value) || value < from || value > to)
    throw new RangeError(`${name} must be an integer from ${from} to ${to}, not ${value}`);
}

export function checkFd(name: string, value: number): void {
  // The quick way out: this stands in front of every read and write.
  if (typeof value === 'number' && (value | 0) === value && value >= 0) return;
  checkInteger(name, value, 0, S32_MAX);
}

export function checkBytes(name: string, value: Uint8Array): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${name} must be a Uint8Array, not ${typeof value}`);
}

/** Bytes that the kernel takes for a struct: as many as it has at least, and where a compiler would put it. */
export function checkRoom(name: string, value: Uint8Array, least: number, what: string): void {
  checkBytes(name, value);
  if (value.length < least) throw new RangeError(`${name} must begin with a ${what} of ${least} bytes, not ${value.length}`);
  if (value.byteOffset % 8 !== 0) throw new RangeError(`${name} must begin at a multiple of 8 bytes`);
}

/** `from` to `to` lie inside `bytes`. */
export function checkInside(name: string, bytes: Uint8Array, from: number, to: number): void {
  checkBytes(name, bytes);
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || from > to || to > bytes.length)
    throw new RangeError(`${name} has ${bytes.length} bytes: ${tell(from)} to ${tell(to)} is not a range of them`);
}

export function checkU64(name: string, value: bigint): void {
  if (typeof value !== 'bigint') throw new TypeError(`${name} must be a bigint, not ${typeof value} ${tell(value)}`);
  if (value < 0n || value >= U64_LIMIT) throw new RangeError(`${name} must be a u64, not ${value}`);
}

export const checkU32 = (name: string, value: number): void => checkInteger(name, value, 0, 0xffff_ffff);
export const checkS32 = (name: string, value: number): void => checkInteger(name, value, -S32_MAX - 1, S32_MAX);

/** Text that C can take: no NUL inside, which would cut it short. */
export function checkText(name: string, value: string): void {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, not ${typeof value}`);
  if (value.includes('\0')) throw new RangeError(`${name} must not contain a NUL: ${tell(value)}`);
}

/** One of the names of a table. */
export function checkName(name: string, value: PropertyKey, table: object): void {
  if (!Object.hasOwn(table, value)) throw new RangeError(`${name} must be one of ${Object.keys(table).join(', ')}, not ${tell(value)}`);
}
