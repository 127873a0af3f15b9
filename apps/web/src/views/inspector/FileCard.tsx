import type { ReactNode } from 'react';
import { How } from '@mapscope/shared/trace';
import { maxBig } from '@mapscope/shared/units';
import { sayBytes, sayShare } from '../../axis/index.ts';
import type { Detail, SourceView } from '../../feed/look.ts';
import type { FileWindow } from '../../feed/window.ts';
import { saySource } from '../states/EmptyPage.tsx';
import { sayCached } from './cached-words.ts';
import { Card, Facts } from './Facts.tsx';
import styles from './Inspector.module.css';
import { OverlapFlaw } from './OverlapFlaw.tsx';
import { OpList } from './Touched.tsx';

const foliosWords = {
  tracepoints: 'tracepoints: each folio as it changes',
  cachestat: 'cachestat, asked again and again: short states may be missed',
  none: 'nothing here tells',
} as const;

/** Where events do not tell of each change, as on btrfs, or have been lost, the kernel was asked. */
const sayFoliosFrom = ({ foliosFrom, foliosAreOver, folios }: FileWindow): string =>
  `${foliosWords[foliosFrom]}${foliosAreOver ? ', until that ended' : ''}${
    foliosFrom === 'tracepoints' && folios.how.includes(How.reported) ? '; what they do not tell, cachestat was asked' : ''
  }`;

/** The file as a whole. */
export function FileCard({
  file,
  detail,
  sources,
}: {
  readonly file: FileWindow;
  readonly detail: Detail | undefined;
  readonly sources: readonly SourceView[];
}) {
  const { totals, size } = file,
    missing = sources.filter(({ state }) => state === 'unavailable'),
    usedDevices = new Set(file.data.device),
    { mapped, unwritten, delalloc, inline, hole, unknown } = totals,
    // Blocks reach beyond the last byte, and space may be reserved behind it.
    whole = maxBig(size, mapped + unwritten + delalloc + inline + hole + unknown);
  const share = (bytes: bigint): ReactNode =>
    bytes === 0n ? undefined : (
      <>
        {sayBytes(bytes)} <span className={styles['share']}>{sayShare(bytes, whole)}</span>
      </>
    );
  return (
    <>
      <Card>
        <h3>{file.path || `inode ${file.inode}`}</h3>
        <p className={styles['say']}>
          <FileSentence file={file} storesUnseen={detail?.storesUnseen ?? false} />
        </p>
        <OverlapFlaw file={file} />
        <ShareBar file={file} />
        <Facts
          rows={[
            ['data', share(totals.mapped)],
            ['unwritten', share(totals.unwritten)],
            ['no place yet', share(totals.delalloc)],
            ['inline', share(totals.inline)],
            ['hole', share(totals.hole)],
            ['not known', share(totals.unknown)],
            ['shared', totals.shared > 0n && <b data-tone="shared">{sayBytes(totals.shared)}</b>],
            ['in cache', sayCached(totals, file.isSizeUnknown ? file.end : size, file.foliosFrom)],
            ['dirty', totals.dirty > 0n && <b data-tone="dirty">{sayBytes(totals.dirty)}</b>],
            ['going out', totals.writeback > 0n && <b data-tone="writeback">{sayBytes(totals.writeback)}</b>],
            ['lost', totals.failed > 0n && <b data-tone="error">{sayBytes(totals.failed)} in a failed writeback</b>],
            ['told size', file.reportedSize !== undefined && `${sayBytes(file.reportedSize)}: the filesystem has not heard of the rest`],
            ['inode', detail?.fileInfo && <code>{`${detail.fileInfo.ino}`}</code>],
            [
              'on',
              file.devices
                .filter(({ device }) => usedDevices.has(device))
                .map(({ path }) => path.split('/').at(-1))
                .join(', ') || undefined,
            ],
          ]}
        />
      </Card>
      <Card title="How it is known">
        <Facts
          rows={[
            ['page cache', sayFoliosFrom(file)],
            ...missing.map(({ name, state, why, help }) => [name, saySource(state, why, help)] as const),
          ]}
        />
      </Card>
      {detail && detail.touched.length > 0 && (
        <Card title="Last operations">
          <OpList ops={detail.touched} of={detail.touchedCount} />
        </Card>
      )}
    </>
  );
}

/** Where it is, before what of it is not there yet: `8 MiB in 7 pieces`, `204 B, kept with the inode`. */
function sayPlace({ size, isSizeUnknown = false, totals }: FileWindow): string {
  const pieces = `${totals.pieces} ${totals.pieces === 1 ? 'piece' : 'pieces'}`;
  if (isSizeUnknown) return `Of a size that nobody told, ${totals.pieces > 0 ? `in ${pieces} at least` : 'and no place of it is known'}`;
  if (totals.pieces > 0) return `${sayBytes(size)} in ${pieces}`;
  if (totals.inline > 0n) return `${sayBytes(size)}, kept with the inode`;
  if (size === 0n) return 'Empty';
  return totals.unknown > 0n ? `${sayBytes(size)}, it is not known where` : `${sayBytes(size)}, none of it has a place`;
}

/** `8 MiB in 7 pieces. 8 KiB dirty, 192 KiB without a place.` */
function FileSentence({ file, storesUnseen }: { readonly file: FileWindow; readonly storesUnseen: boolean }) {
  const { totals } = file,
    parts: ReactNode[] = [];
  if (totals.dirty > 0n) parts.push(<b data-tone="dirty">{sayBytes(totals.dirty)} dirty</b>);
  if (totals.foliosUnknown > 0n) parts.push(<>{sayBytes(totals.foliosUnknown)} may be dirty</>);
  if (totals.writeback > 0n) parts.push(<b data-tone="writeback">{sayBytes(totals.writeback)} going out</b>);
  if (totals.delalloc > 0n) parts.push(<>{sayBytes(totals.delalloc)} without a place</>);
  if (totals.failed > 0n) parts.push(<b data-tone="error">{sayBytes(totals.failed)} lost in a failed writeback</b>);
  return (
    <>
      {sayPlace(file)}.{' '}
      {parts.length === 0
        ? sayClean(file, storesUnseen)
        : parts.map((part, k) => (
            // The order is fixed, so the place is the key.
            <span key={k}>
              {k > 0 && ', '}
              {part}
            </span>
          ))}
      .{storesUnseen && ' What programs store to its persistent memory is not observable.'}
    </>
  );
}

/** Where nothing is known to be dirty. Of an empty file nobody needs to tell. */
function sayClean({ size, isSizeUnknown = false, foliosFrom }: FileWindow, storesUnseen: boolean): string {
  if (storesUnseen) return 'No folio is dirty';
  return foliosFrom !== 'none' || (size === 0n && !isSizeUnknown) ? 'Nothing dirty' : 'Nothing here tells what is dirty';
}

const shares = ['mapped', 'unwritten', 'delalloc', 'inline', 'hole', 'unknown'] as const;

/** What the file consists of, in one line. */
function ShareBar({ file: { totals } }: { readonly file: FileWindow }) {
  const whole = shares.reduce((sum, kind) => sum + totals[kind], 0n);
  if (whole === 0n) return null;
  return (
    <div className={styles['bar']} aria-hidden="true">
      {shares.map(
        (kind) => totals[kind] > 0n && <i key={kind} data-kind={kind} style={{ flexGrow: Number((totals[kind] * 10_000n) / whole) }} />,
      )}
    </div>
  );
}
