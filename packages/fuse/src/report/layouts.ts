import type { DeviceInfo, FileMap, Filesystem } from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import { type Routine, settle } from '../routine.ts';
import type { Report } from './report.ts';

const NO_LAYOUT = 0xffff;

/** Interleaved extents as `layout` and `strip` rows: at first sight of a file, and again when its map is another. */
export class Layouts {
  private readonly fs: Filesystem;
  private readonly report: Report;
  private readonly devices: readonly DeviceInfo[];

  constructor(fs: Filesystem, report: Report) {
    this.fs = fs;
    this.report = report;
    this.devices = fs.devices();
  }

  /** An errno leaves what was said before. */
  *look(inode: Inode): Routine<void> {
    inode.isLayoutStale = false;
    if (!this.fs.getFmap || !inode.isRegular) return;
    const map = yield* settle(this.fs.getFmap(inode.node));
    if (typeof map === 'number') return;
    const text = map ? textOf(map) : '';
    if (text === (inode.layout ?? '')) return;
    inode.layout = text;
    if (text === '') this.report.layout(inode.number, NO_LAYOUT, 0n, 0n, 0, 0);
    else this.say(inode, map!);
  }

  private say(inode: Inode, map: FileMap): void {
    let base = 0n;
    map.extents.forEach((extent, index) => {
      if (extent.kind === 'interleaved') {
        base = extent.fileOffset ?? base;
        this.report.layout(inode.number, index, base, extent.nbytes, extent.chunkSize, extent.strips.length);
        extent.strips.forEach((strip, k) =>
          this.report.strip(inode.number, index, k, this.devices[strip.devindex]?.cookie ?? 0, strip.offset, strip.length),
        );
      }
      base += extent.kind === 'interleaved' ? extent.nbytes : extent.length;
    });
  }
}

/** What decides whether a layout is another; empty when nothing is interleaved. */
function textOf(map: FileMap): string {
  if (!map.extents.some((e) => e.kind === 'interleaved')) return '';
  return map.extents
    .map((e) =>
      e.kind === 'simple'
        ? `${e.length}`
        : `${e.fileOffset ?? ''}@${e.chunkSize}/${e.nbytes}:${e.strips.map((s) => `${s.devindex}@${s.offset}+${s.length}`).join(' ')}`,
    )
    .join(';');
}
