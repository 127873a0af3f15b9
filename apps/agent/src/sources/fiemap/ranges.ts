import { minBig } from '@mapscope/shared/units';
import { typeOfFiemap } from '@mapscope/shared/derive';
import { MapType } from '@mapscope/shared/trace';
import { type FiemapColumns, fiemapFlags, FiemapFlag, mapTypeName } from '@mapscope/shared/wire';
import type { Addressing, Piece, Place } from './places.ts';

export interface ShownRange {
  readonly offset: string;
  readonly length: string;
  /** Bytes on `device`; null: it has no place. */
  readonly addr: string | null;
  /** A path that can be opened; null: it has no place, or its device is missing. */
  readonly device: string | null;
  readonly type: string;
  /** Names of `fiemapFlags`. */
  readonly flags: readonly string[];
  /** All places, the first one again, where there is more than one. */
  readonly copies?: readonly { readonly device: string | null; readonly addr: string }[];
  /** `addr` is the filesystem's own address, not a place on a device; `notes` say why. */
  readonly addr_is?: 'logical';
  /** How many of its bytes lie past the blocks of the size: allocated ahead, they may be trimmed at any time. */
  readonly past_eof?: string;
}

/** The ranges of a file in order, with the holes that FIEMAP leaves out. */
export class Ranges {
  readonly all: ShownRange[] = [];
  readonly notes = new Set<string>();
  /** An address had no place, and may have one when everything is asked again. */
  isAstray = false;
  private readonly addressing: Addressing;
  private readonly flagNames = new Map<number, readonly string[]>();
  /** End of the blocks that the size needs. */
  private readonly end: bigint;

  constructor(addressing: Addressing, end: bigint) {
    this.addressing = addressing;
    this.end = end;
    if (addressing.kind === 'logical') this.note(addressing.why, addressing.help);
  }

  say(extents: FiemapColumns, size: bigint): void {
    let at = 0n;
    for (let i = 0; i < extents.count; i++) {
      const offset = extents.offset[i]!,
        length = extents.length[i]!;
      this.hole(at, offset);
      this.extent(offset, length, extents.addr[i]!, extents.flags[i]!);
      at = offset + length;
    }
    this.hole(at, size);
  }

  private hole(from: bigint, to: bigint): void {
    if (to > from) this.range(from, to - from, 'HOLE', [], {});
  }

  private extent(offset: bigint, length: bigint, addr: bigint, flags: number): void {
    const type = typeOfFiemap(flags),
      name = mapTypeName(type),
      names = this.namesOf(flags);
    if (type !== MapType.MAPPED && type !== MapType.UNWRITTEN) return this.range(offset, length, name, names, {});
    if (this.addressing.kind === 'device')
      return this.range(offset, length, name, names, { places: [{ device: this.addressing.device, addr }] });
    const isEncoded = (flags & FiemapFlag.ENCODED) !== 0,
      // Compressed bytes lie somewhere behind their address: there is nothing to cut.
      pieces = this.piecesAt(addr, isEncoded ? 1n : length);
    if (!pieces) return this.range(offset, length, name, names, { logical: addr });
    if (isEncoded) return this.range(offset, length, name, names, { places: pieces[0]!.places });
    for (const [i, piece] of pieces.entries()) {
      const isLast = i === pieces.length - 1;
      this.range(offset, piece.length, name, isLast ? names : this.namesOf(flags & ~FiemapFlag.LAST), { places: piece.places });
      offset += piece.length;
    }
  }

  /** Of a million extents few have flags of their own. */
  private namesOf(flags: number): readonly string[] {
    const known = this.flagNames.get(flags) ?? fiemapFlags.names(flags);
    this.flagNames.set(flags, known);
    return known;
  }

  private piecesAt(addr: bigint, length: bigint): readonly Piece[] | undefined {
    if (this.addressing.kind !== 'chunks') return undefined;
    const found = this.addressing.pieces(addr, length);
    if (!('why' in found)) return found;
    this.isAstray ||= found.isPassing;
    this.note(found.why, '');
    return undefined;
  }

  private range(
    offset: bigint,
    length: bigint,
    type: string,
    flags: readonly string[],
    where: { places?: readonly Place[]; logical?: bigint },
  ): void {
    const [first] = where.places ?? [],
      addr = first?.addr ?? where.logical,
      past = minBig(length, offset + length - this.end);
    this.all.push({
      offset: String(offset),
      length: String(length),
      addr: addr === undefined ? null : String(addr),
      device: first?.device ?? null,
      type,
      flags,
      ...(where.places && where.places.length > 1
        ? { copies: where.places.map(({ device, addr }) => ({ device, addr: String(addr) })) }
        : {}),
      ...(where.logical === undefined ? {} : { addr_is: 'logical' as const }),
      ...(past > 0n && type !== 'HOLE' ? { past_eof: String(past) } : {}),
    });
  }

  private note(why: string, help: string): void {
    this.notes.add(`Addresses are logical: ${why}.${help ? ` ${help}` : ''}`);
  }
}
