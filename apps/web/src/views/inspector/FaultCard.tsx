import type { Fault } from '@mapscope/shared/model';
import { vmFaultFlags } from '@mapscope/shared/wire';
import { moves } from '../../store/index.ts';
import { useMove } from '../scope.ts';
import { Card, Meanings } from './Facts.tsx';
import { resultWords, sayOrder, sayOutcome } from './fault-words.ts';
import styles from './Inspector.module.css';

/** What a fault tried one after the other, the largest page first, and what came of each. */
export function FaultCard({
  faults,
  current,
  pageSize,
}: {
  readonly faults: readonly Fault[];
  readonly current: number;
  readonly pageSize: number;
}) {
  const move = useMove();
  return (
    <Card title={faults.length > 1 ? 'Tried, the largest page first' : 'Tried'}>
      <ol className={styles['tried']}>
        {faults.map((fault) => {
          const { op, order, result } = fault;
          return (
            <li key={op.op}>
              <button
                aria-current={op.op === current}
                onClick={() => move(moves.select({ kind: 'op', op: op.op, inode: op.inode, from: op.from, to: op.from + op.length }))}
              >
                <span>{sayOrder(order, pageSize)}</span>
                <span>{sayOutcome(fault)}</span>
                <code>{vmFaultFlags.names(result).join(' ')}</code>
              </button>
            </li>
          );
        })}
      </ol>
      <Meanings words={resultWords(faults)} />
    </Card>
  );
}
