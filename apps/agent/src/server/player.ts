import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createModel, firstOf, type Model, modelOfKeyframe, wholeLog } from '@mapscope/shared/model';
import type { Recording } from '@mapscope/shared/trace';
import type { History, Hub } from '../hub/index.ts';
import { Recordings } from '../recordings/index.ts';

/** Frames that are due at once are given in portions, so that sockets are served in between. */
const PORTION = 64;

/** A recording, or the segments of a spool, opened; played once. */
export class Player implements History {
  private readonly opened: Recordings;
  private readonly recordings: readonly Recording[];
  private readonly name: string;
  /** The stream's clock at the beginning. */
  private start = 0n;

  private constructor(path: string, opened: Recordings) {
    this.name = basename(path);
    this.opened = opened;
    this.recordings = opened.files.map(({ recording }) => recording);
  }

  /** Opens a recording, or a folder of segments. Later only the descriptors are used. Throws as `Recordings.open`. */
  static async open(path: string): Promise<Player> {
    return new Player(path, await Recordings.open(path));
  }

  /** Any time of it can be looked at, played or not. */
  parts(): readonly Recording[] {
    return this.recordings;
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  /** What was so when the recording began. */
  async firstModel(): Promise<Model> {
    const { k } = firstOf(this.recordings),
      [first] = this.recordings;
    const model = k < 0 ? undefined : await modelOfKeyframe(first!, k);
    this.start = model?.until ?? first?.span?.from ?? 0n;
    return model ?? createModel({ pageSize: BigInt(first?.header.pageSize ?? 4096) });
  }

  /** Gives the hub every frame at its time, `speed` times as fast as it was; resolves behind the last, or when `signal` aborts. */
  async play(hub: Hub, speed: number, signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    const { unread } = this.opened,
      words = { name: 'recording', help: '', recording: this.name };
    hub.saySource({ ...words, state: 'ok', why: unread.map(({ name }) => `${name} cannot be read`).join(', ') });
    let given = 0;
    for await (const frame of wholeLog(this.recordings)) {
      const waitMs = Number(frame.until - this.start) / 1e6 / speed - (performance.now() - begun);
      if (waitMs > 1 || ++given % PORTION === 0) await sleep(Math.max(0, waitMs), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      hub.deliver(frame);
    }
    hub.saySource({ ...words, state: 'ended', why: 'the recording is over' });
  }

  close(): Promise<void> {
    return this.opened.close();
  }
}
