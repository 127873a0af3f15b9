import { maxBig } from '../units/index.ts';
import { fillHole, type Holes } from './holes.ts';

/** A stretch of a disk that was handed to it, until all of it came back. */
export interface Flight {
  readonly disk: number;
  /** Bytes from the start of the disk. */
  readonly from: bigint;
  /** It grows while an ioend does. */
  to: bigint;
  /** What has not come back, sorted; all of it while it is undefined. */
  left: Holes | undefined;
  /** First error of a part, a positive errno. */
  errno: number;
  readonly land: (flight: Flight) => void;
}

/** Flights of one disk at most: the eldest has lost its end. */
const MOST = 1 << 16;

/** Flights of a disk, sorted by place. */
interface Disk {
  readonly flights: Flight[];
  /** No flight was longer, bytes. */
  longest: bigint;
}

/** What is under way to and from disks, by place: completions name nothing else. */
export class Flights {
  /** Without completions nothing that takes off would ever land. */
  readonly seesLandings: boolean;
  private readonly disks = new Map<number, Disk>();

  constructor(seesLandings: boolean) {
    this.seesLandings = seesLandings;
  }

  takeOff(flight: Flight): void {
    if (!this.seesLandings) return;
    let disk = this.disks.get(flight.disk);
    if (!disk) this.disks.set(flight.disk, (disk = { flights: [], longest: 0n }));
    const { flights } = disk;
    if (flights.length >= MOST) flights.shift();
    // Mostly the newest is the last.
    const at = flights.length > 0 && flights.at(-1)!.from > flight.from ? firstAfter(flights, flight.from) : flights.length;
    flights.splice(at, 0, flight);
    disk.longest = maxBig(disk.longest, flight.to - flight.from);
  }

  grow(flight: Flight, to: bigint): void {
    flight.to = to;
    flight.left?.push([flight.left.at(-1)?.[1] ?? flight.from, to]);
    const disk = this.disks.get(flight.disk);
    if (disk) disk.longest = maxBig(disk.longest, to - flight.from);
  }

  /** `[from, to)` of a disk came back. */
  landed(number: number, from: bigint, to: bigint, errno: number): void {
    const disk = this.disks.get(number);
    if (!disk || from >= to) return;
    const { flights, longest } = disk;
    // Flights may overlap: one that began before may reach in here, so the search goes back as far as any is long.
    for (let k = firstAfter(flights, to - 1n) - 1; k >= 0; k--) {
      const flight = flights[k]!;
      if (flight.from + longest <= from) break;
      if (flight.to <= from) continue;
      if (errno !== 0 && flight.errno === 0) flight.errno = errno;
      if (!this.isOver(flight, from, to)) continue;
      flights.splice(k, 1);
      flight.land(flight);
    }
    if (flights.length === 0) disk.longest = 0n;
  }

  forget(): void {
    this.disks.clear();
  }

  private isOver(flight: Flight, from: bigint, to: bigint): boolean {
    if (flight.left === undefined && from <= flight.from && to >= flight.to) return true;
    flight.left ??= [[flight.from, flight.to]];
    fillHole(flight.left, from, to);
    return flight.left.length === 0;
  }
}

/** Index of the first flight that begins after `at`. */
function firstAfter(flights: readonly Flight[], at: bigint): number {
  let low = 0,
    high = flights.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (flights[middle]!.from > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
