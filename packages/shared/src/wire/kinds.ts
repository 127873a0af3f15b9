import * as btrfs from './btrfs.ts';
import * as inode from './classic-inode.ts';
import * as io from './classic-io.ts';
import * as names from './classic-names.ts';
import * as dirent from './dirent.ts';
import * as famfs from './famfs.ts';
import { fmapKind } from './fmap.ts';
import { daxdevRules } from './fmap-rules.ts';
import * as headers from './headers.ts';
import * as ioctl from './ioctl.ts';
import * as iomap from './iomap.ts';
import * as later from './iomap-later.ts';
import { type Asked, type Kind, structKind } from './kind.ts';
import { batchForgetKind, deleteKind, fiemapKind, fsmapKind, invalEntryKind, pruneKind, storeKind } from './kind-counted.ts';
import { direntKind, direntplusKind, direntplusStreamKind, direntStreamKind } from './kind-dirents.ts';
import { replyKind, requestKind } from './kind-framing.ts';
import * as notify from './notify.ts';
import { plainRow, textOfChars } from './plain.ts';
import { checkReply, type BeginReply } from './rules.ts';
import { checkEnd, type EndRequest } from './rules-end.ts';
import type { AnyStruct, RowOf, Values } from './struct.ts';
import { broken } from './violation.ts';

const beginOutKind = structKind(iomap.iomapBeginOut, (reply: BeginReply, _, { operation, file }: Asked) =>
  checkReply(operation, reply, file),
);
const endInKind = structKind(iomap.iomapEndIn, (end: EndRequest) => checkEnd(end));

/** A name without its NUL is no name: such a value has no form as JSON. What follows the NUL is looked past. */
const daxdevKind: Kind<Values> = {
  ...structKind(famfs.daxdevOut, ({ name }: RowOf<typeof famfs.daxdevOut>) => broken(daxdevRules, name, 'name')),
  toPlain: (value) => (textOfChars(value['name'] as Uint8Array) ? plainRow(famfs.daxdevOut.slots, value) : undefined),
};

const isTable = (value: unknown): value is AnyStruct => typeof value === 'object' && value !== null && 'slots' in value;

const special: readonly Kind[] = [
  requestKind,
  replyKind,
  fmapKind,
  direntStreamKind,
  direntplusStreamKind,
  direntKind,
  direntplusKind,
  beginOutKind,
  endInKind,
  daxdevKind,
  batchForgetKind,
  invalEntryKind,
  deleteKind,
  storeKind,
  pruneKind,
  fiemapKind,
  fsmapKind,
];
/** By name: what order a module's exports come in depends on who loads it. */
const tables: readonly AnyStruct[] = [headers, inode, io, names, notify, iomap, later, famfs, ioctl, btrfs, dirent]
  .flatMap((room) => Object.values<unknown>(room).filter(isTable))
  .toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** Every kind of bytes by its name. */
export const kinds: ReadonlyMap<string, Kind> = (() => {
  const all = new Map<string, Kind>(special.map((kind) => [kind.name, kind]));
  for (const table of tables) {
    const kind = structKind(table);
    if (!all.has(kind.name)) all.set(kind.name, kind);
  }
  return all;
})();

/** A kind by name, with or without `fuse_`. */
export const kindOf = (name: string): Kind | undefined => kinds.get(name.replace(/^fuse_/, ''));
