import { sayBytes } from '../../axis/index.ts';
import type { ExtentDetail } from '../../feed/look.ts';
import type { FileWindow } from '../../feed/window.ts';

/** What of `bytes` is in the page cache: `8 KiB, not known of 4 KiB`. */
export function sayCached(
  { cached, foliosUnknown }: Pick<ExtentDetail, 'cached' | 'foliosUnknown'>,
  bytes: bigint,
  from: FileWindow['foliosFrom'],
): string {
  const isNotKnown = cached === 0n && bytes > 0n && (from === 'none' || foliosUnknown >= bytes);
  if (isNotKnown) return 'not known';
  const known = cached > 0n ? sayBytes(cached) : 'nothing';
  return foliosUnknown > 0n ? `${known}, not known of ${sayBytes(foliosUnknown)}` : known;
}
