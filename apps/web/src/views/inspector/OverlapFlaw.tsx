import type { FileWindow } from '../../feed/window.ts';
import { nameOf } from '../hit.ts';
import { sayOverlap } from '../strips/index.ts';
import styles from './Inspector.module.css';

const MOST = 3;

/** A flaw of the file's layouts: strips that have the same bytes of a device. Nothing where there is none. */
export function OverlapFlaw({ file }: { readonly file: FileWindow }) {
  const { overlaps, devices } = file;
  if (overlaps.length === 0) return null;
  const name = (device: number): string => nameOf(devices.find((one) => one.device === device)?.path ?? `device ${device}`),
    left = overlaps.length - MOST;
  return (
    <p className={styles['violation']}>
      <b>✕ Strips overlap</b>{' '}
      {overlaps
        .slice(0, MOST)
        .map((overlap) => sayOverlap(overlap, file, name))
        .join(' ')}
      {left > 0 && ` ${left} more places.`} A byte there can be two bytes of the file, of which a write to one overwrites the other.
    </p>
  );
}
