import type { BlockContent } from './block-content.ts';
import { columns } from './columns.ts';
import type { Frame } from './frame.ts';

/** Bytes of decoded frames that are kept, unless told otherwise. */
const CACHE_BYTES = 64 << 20;

interface Kept {
  readonly content: Promise<BlockContent>;
  /** 0 while it is being read. */
  bytes: number;
}

/**
 * Decoded blocks, at most so many bytes of them: the one not used for longest goes first. May serve several recordings at once, so that
 * together they keep no more than one.
 */
export class BlockCache {
  /** Least recently used first. */
  private readonly kept = new Map<object, Kept>();
  private readonly maxBytes: number;
  private used = 0;

  constructor(maxBytes = CACHE_BYTES) {
    this.maxBytes = maxBytes;
  }

  /** Of all frames that are kept. */
  get bytes(): number {
    return this.used;
  }

  /** The content of the block that `key` stands for, read when it is not here. Who asks while it is being read waits for the same. */
  content(key: object, read: () => Promise<BlockContent>): Promise<BlockContent> {
    const found = this.kept.get(key),
      item = found ?? { content: read(), bytes: 0 };
    this.kept.delete(key);
    this.kept.set(key, item);
    if (!found)
      void item.content.then(
        (content) => this.count(key, item, content),
        // A source that failed once may answer the next time.
        () => void (this.kept.get(key) === item && this.kept.delete(key)),
      );
    return item.content;
  }

  private count(key: object, item: Kept, { frames }: BlockContent): void {
    if (this.kept.get(key) !== item) return;
    item.bytes = frames.reduce((sum, frame) => sum + bytesOf(frame), 0);
    this.used += item.bytes;
    for (const [oldest, { bytes }] of this.kept) {
      if (this.used <= this.maxBytes) return;
      this.kept.delete(oldest);
      this.used -= bytes;
    }
  }
}

/** Its encoding, which most columns are views of, and the constant columns that are its own: those that no row uses all frames share. */
function bytesOf(frame: Frame): number {
  let sum = frame.bytes.length;
  for (const [name] of columns) {
    const { buffer, byteLength } = frame[name];
    if (buffer !== frame.bytes.buffer && buffer.byteLength === byteLength) sum += byteLength;
  }
  return sum;
}
