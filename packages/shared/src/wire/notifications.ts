import { iomapDevInvalOut, iomapInvalMappingsOut, iomapUpsertMappingsOut } from './iomap-later.ts';
import { type Kind, structKind } from './kind.ts';
import { deleteKind, invalEntryKind, pruneKind, storeKind } from './kind-counted.ts';
import { notifyInvalInodeOut, notifyPollWakeupOut, notifyRetrieveOut } from './notify.ts';
import { NotifyCode } from './opcodes.ts';
import type { Values } from './struct.ts';

/** What is behind the header of each notification; `undefined`: nothing. Fact: spec/protocol.md 1.5 and 6.1. */
const forms: { readonly [N in keyof typeof NotifyCode]: Kind<Values> | undefined } = {
  POLL: structKind(notifyPollWakeupOut),
  INVAL_INODE: structKind(notifyInvalInodeOut),
  INVAL_ENTRY: invalEntryKind,
  STORE: storeKind,
  RETRIEVE: structKind(notifyRetrieveOut),
  DELETE: deleteKind,
  RESEND: undefined,
  INC_EPOCH: undefined,
  PRUNE: pruneKind,
  IOMAP_DEV_INVAL: structKind(iomapDevInvalOut),
  IOMAP_UPSERT_MAPPINGS: structKind(iomapUpsertMappingsOut),
  IOMAP_INVAL_MAPPINGS: structKind(iomapInvalMappingsOut),
};

/** By code; a code that is not here is not known. */
export const notificationTable: ReadonlyMap<number, Kind<Values> | undefined> = new Map(
  Object.entries(forms).map(([name, kind]) => [NotifyCode[name as keyof typeof NotifyCode], kind]),
);
