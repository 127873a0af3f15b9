import type { Body } from './body.ts';
import { forgetOne, entryOut } from './classic-inode.ts';
import { fmapKind } from './fmap.ts';
import { direntStreamKind } from './kind-dirents.ts';
import type { Message } from './message.ts';
import { inHeader, outHeader } from './headers.ts';
import { hexOf, type Plain, plainName, type PlainObject, plainRow } from './plain.ts';

/** Data can be a megabyte: of it so much is told, and how much there is. */
const MOST_DATA = 4096;

const plainData = (data: Uint8Array): Plain => ({ bytes: data.length, hex: hexOf(data.subarray(0, MOST_DATA)) });

/** What is behind a header, by the names of the structs without `fuse_`. */
export function plainBody({ structs, names, data, forgets, entries, fmap, extensions }: Body): PlainObject {
  return {
    ...Object.fromEntries(structs.map(({ table, values }) => [table.name.replace(/^fuse_/, ''), plainRow(table.slots, values)])),
    ...(names && { names: names.map(plainName) }),
    ...(data && { data: plainData(data) }),
    ...(forgets && { forgets: forgets.map((row) => plainRow(forgetOne.slots, row)) }),
    ...(entries && {
      entries: entries.map((one, i) => ({
        ...(direntStreamKind.toPlain(entries) as PlainObject[])[i],
        ...(one.entry && { entry_out: plainRow(entryOut.slots, one.entry) }),
      })),
    }),
    ...(fmap && { fmap: fmapKind.toPlain(fmap)! }),
    ...(extensions && { extensions: extensions.map(({ type, bytes }) => ({ type, hex: hexOf(bytes) })) }),
  };
}

/** Header and body as JSON. `body` is missing where nothing is known of it. */
export function plainMessage({ side, header, body, notice }: Message): PlainObject | undefined {
  if (!header) return undefined;
  const head = plainRow(side === 'request' ? inHeader.slots : outHeader.slots, header),
    inside = notice ? notice.kind.toPlain(notice.value) : body && plainBody(body);
  return { ...head, ...(inside !== undefined && { body: inside }) };
}
