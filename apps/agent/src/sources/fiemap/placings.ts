import { monotonic } from '@mapscope/native';
import { type PlacedPiece, type Placing, typeOfFiemap } from '@mapscope/shared/derive';
import { MapType, NO_ADDR } from '@mapscope/shared/trace';
import { kernelDev } from '@mapscope/shared/units';
import type { FiemapColumns } from '@mapscope/shared/wire';
import type { Filesystem } from '../../host/index.ts';
import { addressingOf } from './addressing.ts';
import type { Addressing, Piece } from './places.ts';

/**
 * The stream's number of a device, by a path that can be opened. Of a filesystem whose addresses are only logical the name is `logical addresses of MOUNT`:
 * a device of the page for which there is no path.
 */
export type DeviceNumbers = (name: string) => number;

/** How long it is believed what the addresses of a filesystem are: a balance of btrfs changes its chunk tree. Nanoseconds. */
const BELIEVED = 1_000_000_000n;

/** From addresses of filesystems to the stream's devices, for the rows of the maps of their files. */
export class Placings {
  private readonly deviceNumber: DeviceNumbers;
  private readonly known = new Map<number, { readonly addressing: Addressing; readonly placing: Placing; readonly at: bigint }>();

  constructor(deviceNumber: DeviceNumbers) {
    this.deviceNumber = deviceNumber;
  }

  /** For `extents`, which have been told of some file of the filesystem. `fd` is any open file of it. */
  async of(fd: number, filesystem: Filesystem, extents: FiemapColumns): Promise<Placing> {
    const dev = kernelDev(filesystem.device),
      known = this.known.get(dev);
    if (known && monotonic() - known.at < BELIEVED && leads(known.addressing, extents)) return known.placing;
    const addressing = await addressingOf(fd, filesystem),
      placing = this.placing(addressing, filesystem);
    this.known.set(dev, { addressing, placing, at: monotonic() });
    return placing;
  }

  private placing(addressing: Addressing, { mount }: Filesystem): Placing {
    const logical = (): number => this.deviceNumber(`logical addresses of ${mount.path}`);
    if (addressing.kind === 'device') return this.deviceNumber(addressing.device);
    if (addressing.kind === 'logical') return logical();
    return (addr, length) => {
      const pieces = addressing.pieces(addr, length);
      return 'why' in pieces ? [{ length, device: logical(), addr, isCopied: false }] : pieces.map((piece) => this.placed(piece));
    };
  }

  /** The first copy on a device that is there. */
  private placed({ length, places }: Piece): PlacedPiece {
    const { device, addr } = places.find((place) => place.device !== null) ?? places[0]!,
      isCopied = places.length > 1;
    return device === null ? { length, device: 0, addr: NO_ADDR, isCopied } : { length, device: this.deviceNumber(device), addr, isCopied };
  }
}

/** Whether all of them lie in chunks that are known: btrfs makes one when the others are full. An extent lies in one chunk. */
function leads(addressing: Addressing, { count, addr, flags }: FiemapColumns): boolean {
  if (addressing.kind !== 'chunks') return true;
  for (let i = 0; i < count; i++) {
    const type = typeOfFiemap(flags[i]!);
    if (type !== MapType.MAPPED && type !== MapType.UNWRITTEN) continue;
    const pieces = addressing.pieces(addr[i]!, 1n);
    if ('why' in pieces && pieces.isPassing) return false;
  }
  return true;
}
