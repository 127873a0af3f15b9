import { type Flaw, flaw, isFlaw } from '../units/index.ts';
import { BLOCK_HEADER, decodeBlockHead, decodeTrailer, type StoredBlock, TRAILER_BYTES } from './block.ts';
import { pad8 } from './frame.ts';
import { decodeRecordingHeader, type RecordingHeader, recordingHeaderSize } from './recording-header.ts';

/** What comes out of a recording read from front to back. */
export type RecordingPart =
  | { readonly part: 'header'; readonly header: RecordingHeader }
  | ({ readonly part: 'block' } & StoredBlock)
  | { readonly part: 'end' };

/**
 * A recording as it arrives, in chunks of any size: header, blocks, end. Damage between blocks is a flaw, then the next
 * block whose header has a right checksum follows; a file that cannot be read at all is one flaw and nothing after it.
 */
export class BlockSplitter {
  private held: Uint8Array = new Uint8Array(0);
  /** Place in the file of `held[0]`. */
  private place = 0;
  /** `lost`: between blocks, looking for the next; the flaw was told. */
  private state: 'header' | 'blocks' | 'lost' | 'refused' = 'header';

  feed(chunk: Uint8Array): (RecordingPart | Flaw)[] {
    const out: (RecordingPart | Flaw)[] = [];
    if (this.state === 'refused') return out;
    const bytes = new Uint8Array(this.held.length + chunk.length);
    bytes.set(this.held);
    bytes.set(chunk, this.held.length);
    let at = 0;
    for (let next = this.step(bytes, at, out); next !== undefined; next = this.step(bytes, at, out)) at = next;
    this.held = bytes.subarray(at);
    this.place += at;
    return out;
  }

  /** The input is over: says what was cut off. */
  end(): Flaw | undefined {
    if (this.state === 'refused' || (this.held.length === 0 && this.state === 'blocks')) return undefined;
    return flaw({
      code: 'E_CUT',
      at: this.place,
      field: 'recording',
      found: `${this.held.length} bytes of something unfinished`,
      allowed: 'whole blocks',
    });
  }

  /** One step; answers where to go on, `undefined` for "not enough bytes yet". */
  private step(bytes: Uint8Array, at: number, out: (RecordingPart | Flaw)[]): number | undefined {
    if (this.state === 'header') return this.header(bytes, out);
    if (this.state === 'refused') return undefined;
    if (decodeTrailer(bytes.subarray(at, at + TRAILER_BYTES), Number.MAX_SAFE_INTEGER) !== undefined) {
      out.push({ part: 'end' });
      this.state = 'blocks';
      return at + TRAILER_BYTES;
    }
    if (bytes.length - at < BLOCK_HEADER) return undefined;
    const head = decodeBlockHead(bytes, at);
    if (isFlaw(head)) {
      if (this.state === 'blocks') out.push(flaw({ ...head, at: this.place + head.at }));
      this.state = 'lost';
      return at + 8;
    }
    if (bytes.length - at < BLOCK_HEADER + pad8(head.packed)) return undefined;
    this.state = 'blocks';
    const stored = bytes.subarray(at + BLOCK_HEADER, at + BLOCK_HEADER + head.packed);
    out.push({ part: 'block', head, stored, at: this.place + at });
    return at + BLOCK_HEADER + pad8(head.packed);
  }

  private header(bytes: Uint8Array, out: (RecordingPart | Flaw)[]): number | undefined {
    const size = recordingHeaderSize(bytes);
    if (size === undefined || (typeof size === 'number' && bytes.length < size)) return undefined;
    if (isFlaw(size)) {
      out.push(size);
      this.state = 'refused';
      return undefined;
    }
    const found = decodeRecordingHeader(bytes);
    out.push({ part: 'header', header: found.header }, ...found.flaws);
    this.state = found.flaws.length > 0 ? 'lost' : 'blocks';
    return found.size;
  }
}
