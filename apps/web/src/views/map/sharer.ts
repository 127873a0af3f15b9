import { type DeviceAxis, deviceToPx } from '../../axis/index.ts';
import type { SharerView } from '../../feed/window.ts';
import type { SharerLane } from './scene.ts';

/** Another file below the device lane: only its pieces on the places in view, in file order, at the device's scale; ribbons go up to the device. */
export function sharerLane(sharer: SharerView, scale: DeviceAxis, left: number, width: number, y: number, h: number): SharerLane {
  const { runs } = sharer,
    pieces: SharerLane['pieces'][number][] = [],
    ribbons: SharerLane['ribbons'][number][] = [];
  let x = left;
  for (let i = 0; i < runs.n; i++) {
    const length = runs.to[i]! - runs.from[i]!,
      x2 = deviceToPx(scale, runs.device[i]!, runs.addr[i]!),
      x3 = deviceToPx(scale, runs.device[i]!, runs.addr[i]! + length);
    if (x2 === undefined || x3 === undefined || x >= left + width) continue;
    const w = Math.min(Math.max(2, x3 - x2), left + width - x);
    pieces.push({ box: { x, y, w, h }, type: runs.type[i]!, flags: runs.flags[i]!, from: runs.from[i]! });
    ribbons.push({ x0: left + x2, x1: left + Math.max(x3, x2 + 2), x2: x, x3: x + w });
    x += w + 2;
  }
  return { path: sharer.path, inode: sharer.inode, y, pieces, ribbons };
}
