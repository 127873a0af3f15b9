import { closeSync } from 'node:fs';
import { addWatch, openInotify, read, removeWatch } from '@mapscope/native';

/** What happened to what a watch is on, or to a name in it. */
export interface Notice {
  /** -1: none, the queue was full. */
  readonly watch: number;
  /** `InotifyBit`. */
  readonly bits: number;
  /** Empty: it is about the thing itself. */
  readonly name: Buffer;
}

/** Of `struct inotify_event`: watch, bits, cookie, bytes of the name. Fact: inotify(7). */
const HEAD = 16;
const BITS_AT = 4;
const LENGTH_AT = 12;
/** Read at once: a thousand notices of short names. */
const ROOM = 1 << 15;

/** Notices that are taken when somebody asks: waited for, each write of another program would wake this one. */
export class Inotify {
  private readonly fd = openInotify();
  private readonly room = Buffer.alloc(ROOM);

  /** Answers the number of the watch, which is the file's whatever its path; undefined: it is gone, or nobody may watch so many. */
  add(path: Uint8Array, bits: number): number | undefined {
    const watch = this.fd < 0 ? this.fd : addWatch(this.fd, path, bits >>> 0);
    return watch < 0 ? undefined : watch;
  }

  remove(watch: number): void {
    if (this.fd >= 0) removeWatch(this.fd, watch);
  }

  /** What has been noticed since; a name is valid until the next. */
  *take(): Generator<Notice> {
    const { room } = this;
    for (let length = this.read(); length > 0; length = this.read())
      for (let at = 0; at + HEAD <= length;) {
        const from = at + HEAD;
        at = from + room.readUInt32LE(from - HEAD + LENGTH_AT);
        const name = room.subarray(from, at),
          end = name.indexOf(0);
        yield {
          watch: room.readInt32LE(from - HEAD),
          bits: room.readUInt32LE(from - HEAD + BITS_AT),
          name: name.subarray(0, end < 0 ? undefined : end),
        };
      }
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
  }

  private read(): number {
    return this.fd < 0 ? 0 : read(this.fd, this.room);
  }
}
