import { isAtOrBelow } from '../../host/index.ts';
import type { MountRow } from '@mapscope/shared/wire';

/** Watched paths whose filesystem was unmounted: what is mounted at the same place again is meant too. */
export class Away {
  private readonly paths: readonly string[];
  private readonly mountPoints = new Set<string>();

  /** Absolute, without links. */
  constructor(paths: readonly string[]) {
    this.paths = paths;
  }

  /** What was mounted there is no more. */
  left(mountPoint: string): void {
    this.mountPoints.add(mountPoint);
  }

  /** The paths on what is mounted again, each answered once. */
  back(table: readonly MountRow[]): string[] {
    const back = [...this.mountPoints].filter((mountPoint) => table.some(({ path }) => path === mountPoint));
    for (const mountPoint of back) this.mountPoints.delete(mountPoint);
    return this.paths.filter((path) => back.some((mountPoint) => isAtOrBelow(path, mountPoint)));
  }
}
