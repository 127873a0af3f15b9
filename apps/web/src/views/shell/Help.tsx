import { useEffect, useRef } from 'react';
import { moves } from '../../store/index.ts';
import { useMove, usePick } from '../scope.ts';
import styles from './Help.module.css';
import { keyTable } from './key-table.ts';

/** All keys, under `?`. */
export function Help() {
  const move = useMove(),
    isOpen = usePick(({ isHelpOpen }) => isHelpOpen),
    dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} className={styles['help']} aria-labelledby="help-title" onClose={() => move(moves.openHelp(false))}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {Object.values(keyTable).map(({ shown, does }) => (
          <div key={does}>
            <dt>{does}</dt>
            <dd>
              {shown.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <p>On a picture: wheel zooms, drag pans, double click looks closer, drag on the bar of the whole file shows that range.</p>
      <button autoFocus onClick={() => move(moves.openHelp(false))}>
        Close
      </button>
    </dialog>
  );
}
