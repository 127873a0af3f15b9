import { type Flaw, flaw, parseU64, utf8, utf8Text } from '../units/index.ts';
import { pad8 } from './frame.ts';
import { crc32 } from './crc32.ts';

export const RECORDING_MAGIC = 'mapscope';
/** Of the file: its blocks, and the kinds and values of the rows in them. A new one needs an upgrader (`upgrade.ts`) and a kept file. */
export const RECORDING_VERSION = 3;
export const RECORDING_PREFIX = 24;
const MAX_JSON = 1 << 20;

/** Where, when and how a recording was made. Unknown keys are kept: a reader of this version shows what it knows. */
export interface RecordingHeader {
  /** Of mapscope. */
  readonly mapscope: string;
  readonly host: string;
  readonly kernel: string;
  /** Bytes. */
  readonly pageSize: number;
  /** Names of the sources that took part. */
  readonly sources: readonly string[];
  /** Clock of the `time` column: `CLOCK_MONOTONIC`, or what an import had. */
  readonly clock: string;
  readonly commandLine: readonly string[];
  /** Wall clock at the begin, ISO 8601, and the same moment on `clock`, nanoseconds as a decimal string. */
  readonly startedAt: string;
  readonly startedAtTime: string;
}

/** What a recording of the newest version begins with. */
export function encodeRecordingHeader(header: RecordingHeader): Uint8Array {
  const json = utf8(JSON.stringify(header)),
    out = new Uint8Array(RECORDING_PREFIX + pad8(json.length)),
    view = new DataView(out.buffer);
  out.set(utf8(RECORDING_MAGIC));
  view.setUint16(8, RECORDING_VERSION, true);
  view.setUint32(12, json.length, true);
  view.setUint32(16, crc32(json), true);
  out.set(json, RECORDING_PREFIX);
  return out;
}

/** Bytes of prefix and JSON as the first 24 bytes say, or why this is no recording that we can read. `undefined`: fewer than 24 bytes. */
export function recordingHeaderSize(bytes: Uint8Array): number | undefined | Flaw {
  const magic = utf8Text(bytes.subarray(0, 8));
  if (!RECORDING_MAGIC.startsWith(magic.slice(0, Math.min(8, bytes.length))))
    return flaw({ code: 'E_MAGIC', at: 0, field: 'file', found: JSON.stringify(magic), allowed: RECORDING_MAGIC });
  if (bytes.length < RECORDING_PREFIX) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, RECORDING_PREFIX),
    version = view.getUint16(8, true),
    length = view.getUint32(12, true);
  if (version === 0) return flaw({ code: 'E_MAGIC', at: 8, field: 'format version', found: '0', allowed: '1 and above' });
  if (version > RECORDING_VERSION)
    return flaw({
      code: 'E_VERSION',
      at: 8,
      field: 'format version',
      found: `${version}`,
      allowed: `1 to ${RECORDING_VERSION}`,
    });
  if (length > MAX_JSON) return flaw({ code: 'E_TOO_BIG', at: 12, field: 'header', found: `${length} bytes`, allowed: `${MAX_JSON}` });
  return RECORDING_PREFIX + pad8(length);
}

export interface ReadHeader {
  /** Of the format. */
  readonly version: number;
  readonly header: RecordingHeader;
  /** Where the first block is; behind a damaged header it has to be looked for. */
  readonly size: number;
  /** A damaged header hides the names, not the events. */
  readonly flaws: readonly Flaw[];
}

/** The header at the beginning of `bytes`, which `recordingHeaderSize` accepted. */
export function decodeRecordingHeader(bytes: Uint8Array): ReadHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, RECORDING_PREFIX),
    version = view.getUint16(8, true),
    length = view.getUint32(12, true);
  const nameless = (code: string, at: number, found: string, allowed: string): ReadHeader => ({
    version,
    header: unnamed,
    size: RECORDING_PREFIX,
    flaws: [flaw({ code, at, field: 'header', found, allowed })],
  });
  if (bytes.length < RECORDING_PREFIX + pad8(length))
    return nameless('E_SHORT', 12, `${bytes.length} bytes`, `${RECORDING_PREFIX + pad8(length)}`);
  const json = bytes.subarray(RECORDING_PREFIX, RECORDING_PREFIX + length);
  if (crc32(json) !== view.getUint32(16, true)) return nameless('E_CRC', 16, 'damaged', 'what was written');
  const parsed = parse(utf8Text(json));
  return parsed
    ? { version, header: { ...unnamed, ...parsed }, size: RECORDING_PREFIX + pad8(length), flaws: [] }
    : nameless('E_HEADER', RECORDING_PREFIX, 'no JSON object', 'a JSON object');
}

/** What a header that leaves things out says of them. */
const unnamed: RecordingHeader = {
  mapscope: '',
  host: '',
  kernel: '',
  pageSize: 4096,
  sources: [],
  clock: '',
  commandLine: [],
  startedAt: '',
  startedAtTime: '0',
};

/** Keys whose value can be what they say; the rest of what is there comes along as it is. */
function parse(text: string): Partial<RecordingHeader> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.fromEntries(
      Object.entries(value).filter(([key, item]) => !Object.hasOwn(canBe, key) || canBe[key as keyof RecordingHeader](item)),
    );
  } catch {
    return undefined;
  }
}

const isText = (item: unknown): boolean => typeof item === 'string';
const areTexts = (item: unknown): boolean => Array.isArray(item) && item.every(isText);
/** Linux has pages of 4 to 256 KiB; whatever is made of one divides by it. */
const isPageSize = (item: unknown): boolean =>
  typeof item === 'number' && item >= 512 && item <= 1 << 20 && Number.isInteger(Math.log2(item));

const canBe: { readonly [K in keyof RecordingHeader]: (item: unknown) => boolean } = {
  mapscope: isText,
  host: isText,
  kernel: isText,
  pageSize: isPageSize,
  sources: areTexts,
  clock: isText,
  commandLine: areTexts,
  startedAt: isText,
  startedAtTime: (item) => typeof item === 'string' && parseU64(item) !== undefined,
};
