import { monotonic } from '@mapscope/native';
import type { PlacedPiece, Placing } from '@mapscope/shared/derive';
import { NO_ADDR } from '@mapscope/shared/trace';
import { kernelDev } from '@mapscope/shared/units';
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
  private readonly known = new Map<number, { readonly placing: Placing; readonly at: bigint }>();

  constructor(deviceNumber: DeviceNumbers) {
    this.deviceNumber = deviceNumber;
  }

  /** `fd` is any open file of the filesystem. */
  async of(fd: number, filesystem: Filesystem): Promise<Placing> {
    const dev = kernelDev(filesystem.device),
      known = this.known.get(dev);
    if (known && monotonic() - known.at < BELIEVED) return known.placing;
    const placing = this.placing(await addressingOf(fd, filesystem), filesystem);
    this.known.set(dev, { placing, at: monotonic() });
    return placing;
  }

  private placing(addressing: Addressing, { device, mount }: Filesystem): Placing {
    const logical = (): number => this.deviceNumber(`logical addresses of ${mount.path}`);
    if (addressing.kind === 'device') return this.deviceNumber(addressing.device);
    if (addressing.kind === 'logical') return logical();
    return (addr, length) => {
      const pieces = addressing.pieces(addr, length);
      if (!('why' in pieces)) return pieces.map((piece) => this.placed(piece));
      // The next question reads the tree anew.
      if (pieces.isPassing) this.known.delete(kernelDev(device));
      return [{ length, device: logical(), addr, isCopied: false }];
    };
  }

  /** The first copy on a device that is there. */
  private placed({ length, places }: Piece): PlacedPiece {
    const { device, addr } = places.find((place) => place.device !== null) ?? places[0]!,
      isCopied = places.length > 1;
    return device === null ? { length, device: 0, addr: NO_ADDR, isCopied } : { length, device: this.deviceNumber(device), addr, isCopied };
  }
}
