import { toPlace } from '@mapscope/shared/model';
import { NO_ADDR } from '@mapscope/shared/trace';
import { grouped } from '../../axis/index.ts';
import type { FileWindow, LayoutView } from '../../feed/window.ts';

/** The arithmetic from a file offset to its device, a line a step (spec/protocol.md 3.1): what a person would write down. */
export function arithmetic(file: FileWindow, layout: LayoutView, at: bigint, names: ReadonlyMap<number, string>): string[] {
  if (at >= file.size) return [`byte ${grouped(at)} is past the end of the file`];
  const place = toPlace([layout], file.size, at);
  if (!place) return [`byte ${grouped(at)} is not in this interleaved extent`];
  const local = at - layout.from,
    c = layout.chunkSize,
    n = BigInt(layout.strips.length),
    chunk = local / c,
    strip = layout.strips[place.strip]!,
    isTold = strip.addr !== NO_ADDR;
  return [
    ...(layout.from > 0n ? [`local  = ${grouped(at)} − ${grouped(layout.from)} = ${grouped(local)}`] : []),
    `chunk  = ${grouped(local)} / ${grouped(c)} = ${chunk}`,
    `within = ${grouped(local)} % ${grouped(c)} = ${grouped(place.within)}`,
    `row    = ${chunk} / ${n} = ${place.row}`,
    `strip  = ${chunk} % ${n} = ${place.strip}`,
    `device = strips[${place.strip}] = ${isTold ? (names.get(place.device) ?? place.device) : 'not told yet'}`,
    ...(isTold
      ? [`offset = ${grouped(strip.addr)} + ${place.row} × ${grouped(c)} + ${grouped(place.within)} = ${grouped(place.addr)}`]
      : []),
    `run    = ${grouped(place.run)}`,
  ];
}
