import { FolioFlag, KeyframeEdge, Kind, MapLayer } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { addrOf, deviceOf, type ExtentMap, flagsOf, howOf, opOf, sinceOf, typeOf } from './extents.ts';
import type { FileState } from './file-state.ts';
import { folioErrnoOf, folioHowOf, folioOpOf, folioOrderOf, folioSinceOf, folioStateOf, NO_ORDER } from './folios.ts';
import type { KeyframeWriter } from './keyframe-writer.ts';

/** The part of a keyframe that is about one inode: both maps, folios, layouts. */
export function writeSection(out: KeyframeWriter, file: FileState): void {
  out.edge(file.inode, KeyframeEdge.begin);
  extents(out, file.inode, file.data, MapLayer.data);
  extents(out, file.inode, file.pending, MapLayer.pending);
  const b = out.cells;
  file.folios.each(0n, U64_MAX, (c, k) => {
    const i = out.row(Kind.folio, folioSinceOf(c, k));
    b.inode[i] = file.inode;
    b.type[i] = folioStateOf(c, k);
    b.offset[i] = c.from(k);
    b.length[i] = c.to(k) - c.from(k);
    b.flags[i] = folioOrderOf(c, k) === NO_ORDER ? NO_ORDER : FolioFlag.order | folioOrderOf(c, k);
    b.errno[i] = folioErrnoOf(c, k);
    b.op[i] = folioOpOf(c, k);
    b.how[i] = folioHowOf(c, k);
  });
  for (const layout of file.layouts.list()) {
    const i = out.row(Kind.layout, layout.since);
    b.inode[i] = file.inode;
    b.type[i] = layout.index;
    b.offset[i] = layout.from;
    b.length[i] = layout.nbytes;
    b.flags[i] = Number(layout.chunkSize);
    b.result[i] = BigInt(layout.strips.length);
    b.how[i] = layout.how;
    layout.strips.forEach((strip, k) => {
      if (!strip) return;
      const j = out.row(Kind.strip, layout.since);
      b.inode[j] = file.inode;
      b.type[j] = layout.index;
      b.flags[j] = k;
      b.device[j] = strip.device;
      b.addr[j] = strip.addr;
      b.length[j] = strip.length;
    });
  }
  out.edge(file.inode, KeyframeEdge.end);
}

function extents(out: KeyframeWriter, inode: number, map: ExtentMap, layer: MapLayer): void {
  const b = out.cells;
  map.each(0n, U64_MAX, (c, k) => {
    const i = out.row(Kind.extent, sinceOf(c, k));
    b.inode[i] = inode;
    b.role[i] = layer;
    b.offset[i] = c.from(k);
    b.length[i] = c.to(k) - c.from(k);
    b.addr[i] = addrOf(c, k);
    b.device[i] = deviceOf(c, k);
    b.type[i] = typeOf(c, k);
    b.flags[i] = flagsOf(c, k);
    b.op[i] = opOf(c, k);
    b.how[i] = howOf(c, k);
  });
}
