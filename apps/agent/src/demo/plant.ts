import { S_IFDIR } from '@mapscope/shared/units';
import { saveTraits } from './change.ts';
import { isDirectory } from './inode.ts';
import type { Layout } from './layout.ts';
import { bytesOf, child, make } from './names.ts';
import type { Store } from './store.ts';
import { ROOT } from './volume.ts';

/** As /tmp: any program may use the mount, and nobody removes what is another's. */
const OPEN_TO_ALL = 0o1777;

/** The root and its directories, each with what it shows. */
export function plant(store: Pick<Store, 'volume' | 'now'>, striped: Layout): void {
  const { volume } = store,
    at = store.now(),
    caller = { uid: process.getuid!(), gid: process.getgid!() };
  const traits = { mode: S_IFDIR | 0o755, ...caller, size: 0n, atimeNs: at, mtimeNs: at, ctimeNs: at, layout: { kind: 'simple' } as const };
  volume.apply({ do: 'make', ...volume.numbers.next, traits: saveTraits(traits) });
  const layouts: Readonly<Record<string, Layout>> = {
    plain: { kind: 'simple' },
    striped,
    fragmented: { kind: 'fragment' },
    tiny: { kind: 'inline' },
  };
  for (const [name, layout] of Object.entries(layouts)) {
    const dir = make(store, volume.inode(ROOT), bytesOf(name), { mode: S_IFDIR | OPEN_TO_ALL, caller });
    if (typeof dir === 'number') throw new Error(`/${name} can not be made: errno ${-dir}`);
    volume.set(dir, { layout });
  }
}

/** Another chunk size or number of strips for what is made in /striped from now on. */
export function setStriped({ volume }: Pick<Store, 'volume' | 'now'>, layout: Layout): void {
  const dir = child({ volume }, volume.inode(ROOT), 'striped');
  if (dir && isDirectory(dir)) volume.set(dir, { layout });
}
