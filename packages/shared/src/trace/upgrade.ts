import type { Recording } from './recording.ts';

/** Makes of a recording of one version one of the next: what is read of it afterwards is as if it had been written so. */
export type Upgrade = (recording: Recording) => Recording;

/**
 * One upgrader for each version that was ever written, by the version it takes. A file of version n passes all from n on, in order; none is
 * ever removed, and a file of each version is kept (`fixtures/recordings`) that must load for ever.
 */
export const upgrade: Readonly<Record<number, Upgrade>> = {
  /**
   * Version 2 added block types (the list of inodes apart from the keyframe), the kind `remap` and new values of columns. It reads
   * everything that version 1 wrote as version 1 meant it: each keyframe there says in its first row that it has the list itself.
   */
  1: (recording) => recording,
  /** Version 3 added a packing, and entries of the index that stand for several blocks of events. A block alone is an entry as it was. */
  2: (recording) => recording,
};

/** The newest version of a recording that was written as `version`. */
export function upgraded(recording: Recording, version: number, newest: number): Recording {
  let out = recording;
  for (let n = version; n < newest; n++) out = upgrade[n]!(out);
  return out;
}
