import type { BufferFacts } from '../source.ts';

/** How full the ring buffers were whenever they were read. */
export class Fill {
  private bytes: number;
  /** Of the fullest CPU since `facts` was asked for, and ever; a share of 1. */
  private latest = 0;
  private most = 0;

  /** `bytes`: of each CPU's buffer. */
  constructor(bytes: number) {
    this.bytes = bytes;
  }

  /** Somebody may have changed it. */
  resized(bytes: number): void {
    if (bytes > 0) this.bytes = bytes;
  }

  /** One CPU's buffer held so many bytes when it was read. */
  took(bytes: number): void {
    const share = Math.min(1, bytes / this.bytes);
    if (share > this.latest) this.latest = share;
    if (share > this.most) this.most = share;
  }

  /** Since it was asked for before. */
  facts(): BufferFacts {
    const { bytes, latest, most } = this;
    this.latest = 0;
    return { bytes, fill: percent(latest), most: percent(most) };
  }
}

/** What is not empty is not said to be. */
const percent = (share: number): number => Math.ceil(share * 100);
