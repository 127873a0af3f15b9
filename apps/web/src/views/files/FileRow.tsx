import { memo } from 'react';
import { sayBytes } from '../../axis/index.ts';
import type { FileSummary } from '../../feed/window.ts';
import { moves } from '../../store/index.ts';
import hidden from '../parts/hidden.module.css';
import { useMove } from '../scope.ts';
import styles from './FileRow.module.css';
import { MiniBar } from './MiniBar.tsx';

/** Name, size and pieces; what is dirty; the whole map in a line. */
export const FileRow = memo(function FileRow({ file, isChosen }: { readonly file: FileSummary; readonly isChosen: boolean }) {
  const move = useMove(),
    name = file.path || `inode ${file.inode}`,
    slash = name.lastIndexOf('/') + 1;
  return (
    <button
      className={styles['row']}
      aria-current={isChosen}
      data-gone={file.gone}
      title={`${file.path}${file.gone ? ', removed' : ''}`}
      onClick={() => move(moves.chooseFile(file.inode, file.path))}
    >
      <span className={styles['line']}>
        <span className={hidden['hidden']}>{name}</span>
        <span className={styles['name']} aria-hidden="true">
          {slash > 0 && (
            <i>
              <bdo dir="ltr">{name.slice(0, slash - 1)}</bdo>
            </i>
          )}
          {slash > 0 && <s>/</s>}
          <bdi>{name.slice(slash)}</bdi>
        </span>
        {file.dirty > 0n && <span className={styles['dirty']}>{sayBytes(file.dirty)}</span>}
      </span>
      <span className={styles['line']}>
        <MiniBar file={file} />
        <span className={styles['size']}>
          {file.isSizeUnknown ? 'size ?' : sayBytes(file.size)} · {file.pieces}
        </span>
      </span>
    </button>
  );
});
