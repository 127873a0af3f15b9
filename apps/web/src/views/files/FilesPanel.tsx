import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { sayAtLeast } from '../../axis/index.ts';
import type { FileSort } from '../../feed/look.ts';
import { moves } from '../../store/index.ts';
import { useMove, usePick, useScope } from '../scope.ts';
import { FILTER_ID } from '../shell/keys.ts';
import { FileRow } from './FileRow.tsx';
import styles from './FilesPanel.module.css';
import { MapLegend } from './MapLegend.tsx';

const ROW_PX = 40;
/** Rows asked for above and below what is in view: scrolling finds them there. */
const AROUND = 10;

const sorts: readonly (readonly [FileSort, string])[] = [
  ['name', 'name'],
  ['size', 'size'],
  ['pieces', 'pieces'],
  ['dirty', 'dirty'],
];

/** All files, however many: only the rows in view are in the page, and only they are asked for. */
export function FilesPanel() {
  const move = useMove(),
    { store } = useScope(),
    scroller = useRef<HTMLDivElement>(null);
  const { page, inode, sort, filter } = usePick(({ files, inode, sort, filter }) => ({ page: files, inode, sort, filter }));
  const list = useVirtualizer({
    count: page?.total ?? 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 4,
  });
  const items = list.getVirtualItems(),
    first = items[0]?.index ?? 0,
    count = items.length;
  useEffect(() => {
    store.move(moves.listRows(Math.max(0, first - AROUND), Math.max(40, count + 2 * AROUND)));
  }, [store, first, count]);
  const at = page?.rows.findIndex((row) => row.inode === inode) ?? -1,
    row = at < 0 ? -1 : at + (page?.first ?? 0);
  useEffect(() => {
    if (row >= 0) list.scrollToIndex(row);
    // Only a new choice scrolls: a list that moves under the eye is worse than a row out of sight.
    // oxlint-disable-next-line react/exhaustive-deps -- `row` moves with every sort
  }, [inode, list]);
  return (
    <section className={styles['panel']} aria-label="Files">
      <div className={styles['head']}>
        <h2>Files</h2>
        <span>
          {page ? `${page.known}` : ''}
          {page && page.dirty > 0n && ` · ${sayAtLeast(page.dirty, page.foliosUnknown)} dirty`}
        </span>
      </div>
      <div className={styles['find']}>
        <input
          id={FILTER_ID}
          type="search"
          placeholder="filter  /"
          aria-label="Filter files"
          value={filter}
          onChange={(event) => move(moves.listFilter(event.target.value))}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        />
        <select aria-label="Sort files" value={sort} onChange={(event) => move(moves.listSort(event.target.value as FileSort))}>
          {sorts.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </div>
      <div ref={scroller} className={styles['scroller']}>
        {page?.total === 0 && <p className={styles['none']}>{filter === '' ? 'No files yet' : 'No file has this in its path'}</p>}
        <ol className={styles['list']} style={{ height: list.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const file = page?.rows[index - page.first];
            return (
              <li
                key={index}
                className={styles['item']}
                style={{ transform: `translateY(${start}px)` }}
                aria-setsize={page?.total}
                aria-posinset={index + 1}
              >
                {file && <FileRow file={file} isChosen={file.inode === inode} />}
              </li>
            );
          })}
        </ol>
      </div>
      {page && page.total > 0 && <MapLegend />}
    </section>
  );
}
