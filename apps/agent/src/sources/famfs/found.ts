import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Flaw, isFlaw, sayFlaw, utf8Text, S_IFREG } from '@mapscope/shared/units';
import { daxdevOut, decode, type Fmap, fmapKind, MAX_FMAP_BYTES } from '@mapscope/shared/wire';
import { refused, sayError } from '../../host/refused.ts';

/** A famfs file whose map stands in a file of ours. */
export interface FamfsFile {
  /** Below the mount, or the name of the file that its map is in. */
  readonly path: string;
  /** st_mode; 0: not known. */
  readonly mode: number;
  readonly map: Fmap;
  /** The GET_FMAP reply that told it, without its header; undefined: a shadow did. */
  readonly message: Uint8Array | undefined;
}

/** What files of a famfs say. */
export interface Found {
  readonly files: readonly FamfsFile[];
  /** Path of a device by its index, as a GET_DAXDEV reply tells it. */
  readonly devices: ReadonlyMap<number, string>;
  /** Indexes that maps name and no such reply, ascending. */
  readonly awaiting: readonly number[];
  /** Files that are neither, a sentence each. */
  readonly odd: readonly string[];
}

/** Files of a tree that are looked at. */
const MOST = 100_000;
/** A shadow of as many extents and strips as there may be has some 64 KiB. */
const MAX_SHADOW_BYTES = 256 << 10;
/** Before the one key may stand comments, blank lines and the mark of a document. */
const SHADOW = /^(?:---[^\n]*\n|[ \t]*(?:#[^\n]*)?\r?\n|%[^\n]*\n)*file[ \t]*:/;

/**
 * The maps in a file or in the files below a folder: shadows in YAML, GET_FMAP replies and GET_DAXDEV replies, each a file of its own. undefined: a file
 * that is none of these. Throws `Refused` for what cannot be read, and for a folder with none of them.
 */
export async function findFamfs(path: string): Promise<Found | undefined> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
    files: FamfsFile[] = [],
    devices = new Map<number, string>(),
    odd: string[] = [];
  for (const name of isFolder ? namesBelow(path) : [path]) {
    const said = await read(name, isFolder ? relative(path, name) : name);
    if (said === undefined) odd.push(`${name} is no shadow, no fmap and no daxdev`);
    // In a folder it is told beside the others. Alone there is nothing else to tell.
    else if (isFlaw(said) && !isFolder)
      throw refused(
        'E_FAMFS',
        `${name}: ${sayFlaw(said)}`,
        'A shadow is one mapping `file` with path, size, nextents and a list of extents',
      );
    else if (isFlaw(said) || typeof said === 'string') odd.push(`${name}: ${isFlaw(said) ? sayFlaw(said) : said}`);
    else if ('map' in said) files.push(said);
    else devices.set(said.index, said.name);
  }
  if (files.length > 0) return { files, devices, awaiting: indexesOf(files).filter((index) => !devices.has(index)), odd };
  if (isFolder)
    throw refused('E_FILE', `nothing in ${path} is a map of famfs`, 'Name a shadow tree, a shadow, or a file with a GET_FMAP reply');
  return undefined;
}

function indexesOf(files: readonly FamfsFile[]): number[] {
  const strips = files.flatMap(({ map: { extents } }) => extents.flatMap((extent) => ('strips' in extent ? extent.strips : [extent])));
  return [...new Set(strips.map(({ se_devindex }) => se_devindex))].sort((a, b) => a - b);
}

function namesBelow(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  } catch (error) {
    throw refused('E_FILE', `${folder} cannot be read: ${sayError(error)}`, 'Name a folder that may be read', error);
  }
  return entries
    .filter((entry) => entry.isFile())
    .slice(0, MOST)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A flaw: why a shadow is none. A sentence: why it cannot be read. */
async function read(
  file: string,
  name: string,
): Promise<FamfsFile | { readonly index: number; readonly name: string } | Flaw | string | undefined> {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_SHADOW_BYTES || size === 0) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(readFileSync(file));
  } catch (error) {
    return sayError(error);
  }
  const text = utf8Text(bytes);
  if (SHADOW.test(text)) {
    // With it comes the YAML library, which a trace needs nothing of.
    const { readShadow } = await import('./shadow.ts'),
      shadow = readShadow(text);
    return isFlaw(shadow) ? shadow : { ...shadow, mode: S_IFREG | shadow.mode, message: undefined };
  }
  const device = bytes.length === daxdevOut.size ? daxdevOut.read(bytes) : undefined;
  if (device && !isFlaw(device)) {
    const end = device.name.indexOf(0),
      path = utf8Text(device.name.subarray(0, Math.max(0, end)));
    if (path.startsWith('/')) return { index: device.index, name: path };
  }
  const map = bytes.length <= MAX_FMAP_BYTES ? decode(fmapKind, bytes) : undefined;
  if (!map || isFlaw(map)) return undefined;
  return { path: name.replace(/\.fmap$/, ''), mode: 0, map: map.value, message: bytes };
}
