import { sayClock } from '../../axis/index.ts';
import { moves } from '../../store/index.ts';
import { lengthOf, opTitle, sayRange } from '../inspector/op-words.ts';
import { useMove, usePick } from '../scope.ts';
import styles from './Transport.module.css';

/** Play and pause, the clock, what is selected, and what the marks above mean. */
export function Transport() {
  const move = useMove();
  const { isPaused, isLive, isStream, isFollowing, isBlank } = usePick(({ isPaused, pulse, timeEnd, file }) => ({
    isPaused,
    isLive: pulse?.link.is === 'live',
    isStream: pulse?.isSettled === true && pulse.link.is !== 'file' && pulse.link.is !== 'reading',
    isBlank: file === undefined,
    isFollowing: timeEnd === undefined,
  }));
  return (
    <footer className={styles['bar']}>
      {isStream && (
        <button
          className={styles['play']}
          onClick={() => move(moves.setPaused(!isPaused))}
          aria-label={isPaused ? 'Play' : 'Pause'}
          title={isPaused ? 'Play (space)' : 'Freeze the picture (space)'}
        >
          <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
            <path d={isPaused ? 'M2 0.5v9l7.5-4.5z' : 'M1.5 0.5h2.5v9h-2.5zM6 0.5h2.5v9h-2.5z'} fill="currentColor" />
          </svg>
        </button>
      )}
      <Clock />
      <Chosen />
      {isBlank ? <span className={styles['space']} /> : <Legend />}
      {isStream && (
        <button className={styles['live']} aria-pressed={isLive && !isPaused && isFollowing} onClick={() => move(moves.goLive)}>
          Live <kbd>L</kbd>
        </button>
      )}
    </footer>
  );
}

function Clock() {
  const { until, origin } = usePick(({ pulse }) => ({ until: pulse?.until ?? 0n, origin: pulse?.origin ?? 0n })),
    { main, rest } = sayClock(until, origin);
  return (
    <time className={styles['clock']} title="Since the first thing that was heard of this run">
      {main} <i>{rest}</i>
    </time>
  );
}

function Chosen() {
  const { op, path, notation, blockSize } = usePick(({ detail, notation }) => ({
    op: detail?.op?.op,
    path: detail?.path ?? '',
    notation,
    blockSize: detail?.blockSize ?? 4096,
  }));
  return (
    <p className={styles['chosen']}>
      {op && (
        <>
          <b>{opTitle(op)}</b> {path && `of ${path}`}
          {lengthOf(op) > 0n && `, ${sayRange(op.from, lengthOf(op), notation, blockSize)}`}
        </>
      )}
    </p>
  );
}

const Legend = () => (
  <ul className={styles['legend']} aria-label="Marks of operations">
    {(['read', 'write', 'zero', 'report', 'request', 'fresh', 'writeback'] as const).map((mark) => (
      <li key={mark}>
        <i data-mark={mark} />
        {mark === 'fresh' ? 'got fresh space' : mark}
      </li>
    ))}
  </ul>
);
