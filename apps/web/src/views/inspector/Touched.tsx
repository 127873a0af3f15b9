import type { Op } from '@mapscope/shared/model';
import { sayMoment } from '../../axis/index.ts';
import { classOf } from '../../feed/op-class.ts';
import { moves } from '../../store/index.ts';
import { useMove, usePick } from '../scope.ts';
import styles from './Inspector.module.css';
import { lengthOf, opTitle, sayAbout } from './op-words.ts';

/** Operations as a list to go on from. */
export function OpList({ ops, of, current }: { readonly ops: readonly Op[]; readonly of: number; readonly current?: number }) {
  const move = useMove(),
    { origin, notation, blockSize } = usePick(({ pulse, notation, detail }) => ({
      origin: pulse?.origin ?? 0n,
      notation,
      blockSize: detail?.blockSize ?? 4096,
    }));
  return (
    <>
      <ul className={styles['ops']}>
        {ops.map((op) => (
          <li key={op.op}>
            <button
              aria-current={op.op === current}
              onClick={() => move(moves.select({ kind: 'op', op: op.op, inode: op.inode, from: op.from, to: op.from + lengthOf(op) }))}
            >
              <i data-class={classOf(op.type, op.flags)} />
              <span>{opTitle(op)}</span>
              <span className={styles['range']}>{sayAbout(op, notation, blockSize)}</span>
              <time>{sayMoment(op.begin, origin, 1_000_000n)}</time>
            </button>
          </li>
        ))}
      </ul>
      {of > ops.length && <p className={styles['more']}>{of - ops.length} more before.</p>}
    </>
  );
}
