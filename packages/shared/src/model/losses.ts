import { SourceId } from '../trace/index.ts';
import type { FileState } from './file-state.ts';
import type { Loss, Model } from './model.ts';

/** What a source can say of an inode, hence what its losses may have changed. */
interface Reach {
  readonly maps: boolean;
  readonly folios: boolean;
  readonly identity: boolean;
}

const all: Reach = { maps: true, folios: true, identity: true };
const none: Reach = { maps: false, folios: false, identity: false };
const foliosOnly: Reach = { maps: false, folios: true, identity: false };

/** Serve a filesystem themselves, so that nobody else changes the maps of its files, and they change nobody else's. */
const servers: ReadonlySet<number> = new Set([SourceId.fuse, SourceId.relay]);
/** Say only what people and programs tell. */
const talkers: ReadonlySet<number> = new Set([SourceId.workload, SourceId.user]);
/** Stand behind every other source: what they lost may have been anybody's. */
const carriers: ReadonlySet<number> = new Set([SourceId.unknown, SourceId.import, SourceId.hub, SourceId.collector]);

/** What the losses of `source` may have changed of a file that `owner` introduced. */
export function reach(source: number, owner: number): Reach {
  if (carriers.has(source)) return all;
  if (talkers.has(source)) return none;
  if (servers.has(source)) return source === owner || owner === SourceId.unknown ? all : none;
  if (servers.has(owner) || source === SourceId.pagecache) return foliosOnly;
  return all;
}

/** Whether the ends of ops of `owner` may be among what `source` lost. */
export const reachesOps = (source: number, owner: number): boolean => carriers.has(source) || source === owner;

/** What the lost rows could have touched is unknown from here on; what is told after this row is known again. */
export function lose(model: Model, loss: Loss): void {
  const { at, source, inode } = loss,
    ownerOf = (n: number): SourceId => model.files.find(n)?.source ?? SourceId.unknown,
    isEndReached = (owner: number): boolean => reachesOps(source, owner);
  model.ops.doubt(inode, loss.from, isEndReached, (n) => reach(source, ownerOf(n)).maps);
  model.ios.doubt(inode, isEndReached);
  if (inode !== 0) {
    const file = model.files.find(inode);
    if (file) doubtFile(file, at, reach(source, file.source));
    return;
  }
  for (const file of model.files.all()) doubtFile(file, at, reach(source, file.source));
  model.files.version++;
}

function doubtFile(file: FileState, at: bigint, reached: Reach): void {
  if (reached.maps) {
    file.data.doubt(at);
    // A server tells of its own files what waits in them.
    file.pending.doubt(at, !servers.has(file.source));
    file.layouts.empty();
  }
  if (reached.folios) file.folios.doubt(at);
  if (reached.identity && file.introduced) file.doubt(at);
  if (reached.maps || reached.folios) file.changes.all(++file.version);
}
