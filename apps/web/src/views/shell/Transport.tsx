import { sayClock } from '../../axis/index.ts';
import { opTitle, sayAbout } from '../inspector/op-words.ts';
import { usePick, useScope } from '../scope.ts';
import { goLive, isStill, saySpeed, speeds, step, togglePlay } from './time.ts';
import styles from './Transport.module.css';

/** What moves time, the clock, what is selected, and what the marks above mean. */
export function Transport() {
  const { isShown, isBlank } = usePick(({ pulse, file }) => ({
    isShown: pulse?.isSettled === true && pulse.link.is !== 'reading',
    isBlank: file === undefined,
  }));
  return (
    <footer className={styles['bar']}>
      {isShown && <Controls />}
      <Clock />
      <Chosen />
      {isBlank ? <span className={styles['space']} /> : <Legend />}
      {isShown && <Live />}
    </footer>
  );
}

const glyphs = {
  before: 'M1 0.5h1.5v9H1zM9 0.5v9L3.5 5z',
  after: 'M7.5 0.5H9v9H7.5zM1 0.5v9L6.5 5z',
  play: 'M2 0.5v9l7.5-4.5z',
  pause: 'M1.5 0.5h2.5v9h-2.5zM6 0.5h2.5v9h-2.5z',
} as const;

const Glyph = ({ name }: { readonly name: keyof typeof glyphs }) => (
  <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
    <path d={glyphs[name]} fill="currentColor" />
  </svg>
);

function StepButton({ by, isRecorded }: { readonly by: 1 | -1; readonly isRecorded: boolean }) {
  const scope = useScope(),
    side = by > 0 ? 'after' : 'before';
  return (
    <button
      className={styles['step']}
      disabled={!isRecorded}
      onClick={() => void step(scope, by, 'op')}
      aria-label={`Operation ${side}`}
      title={`To the operation on this file ${side} (${by > 0 ? '.' : ','})`}
    >
      <Glyph name={side} />
    </button>
  );
}

function Controls() {
  const scope = useScope(),
    { feed } = scope,
    { isHeld, isRecorded, speed } = usePick((state) => ({
      isHeld: isStill(state),
      isRecorded: state.pulse?.isRecorded ?? false,
      speed: state.pulse?.replay?.speed ?? 1,
    }));
  return (
    <>
      <StepButton by={-1} isRecorded={isRecorded} />
      <button
        className={styles['play']}
        onClick={() => togglePlay(scope)}
        aria-label={isHeld ? 'Play' : 'Pause'}
        title={isHeld ? 'Play on from this moment (space)' : 'Freeze the picture (space)'}
      >
        <Glyph name={isHeld ? 'play' : 'pause'} />
      </button>
      <StepButton by={1} isRecorded={isRecorded} />
      <select
        className={styles['speed']}
        disabled={!isRecorded}
        aria-label="Speed"
        title="How fast the past is played (< and >)"
        value={`${speed}`}
        onChange={(event) => feed.setSpeed(Number(event.target.value))}
      >
        {speeds.map((one) => (
          <option key={one} value={`${one}`}>
            {saySpeed(one)}
          </option>
        ))}
      </select>
    </>
  );
}

function Clock() {
  const { until, origin, isLoading } = usePick(({ pulse }) => ({
      until: pulse?.until ?? 0n,
      origin: pulse?.origin ?? 0n,
      isLoading: pulse?.replay?.isLoading ?? false,
    })),
    { main, rest } = sayClock(until, origin);
  return (
    <time className={styles['clock']} data-loading={isLoading} title="Since the first thing that was heard of this run">
      {main} <i>{rest}</i>
    </time>
  );
}

/** How far from the newest the picture is; pressed: it follows it. */
function Live() {
  const scope = useScope(),
    { isFollowing, isFile, behind } = usePick(({ pulse, timeEnd }) => ({
      isFollowing: pulse?.link.is === 'live' && !pulse.replay && timeEnd === undefined,
      isFile: pulse?.link.is === 'file',
      behind: pulse?.replay ? Number((pulse.newest - pulse.until) / 100_000_000n) / 10 : 0,
    }));
  return (
    <>
      {behind > 0 && <span className={styles['behind']}>{sayBehind(behind)}</span>}
      <button className={styles['live']} aria-pressed={isFollowing} onClick={() => goLive(scope)}>
        {isFile ? 'End' : 'Live'} <kbd>L</kbd>
      </button>
    </>
  );
}

/** Seconds before the newest: `−3.2 s`, `−12 min`. */
const sayBehind = (seconds: number): string => (seconds < 120 ? `−${seconds.toFixed(1)} s` : `−${Math.round(seconds / 60)} min`);

function Chosen() {
  const { op, path, notation, blockSize } = usePick(({ detail, notation }) => ({
    op: detail?.op?.op,
    path: detail?.path ?? '',
    notation,
    blockSize: detail?.blockSize ?? 4096,
  }));
  const about = op && sayAbout(op, notation, blockSize);
  return (
    <p className={styles['chosen']}>
      {op && (
        <>
          <b>{opTitle(op)}</b> {path && `of ${path}`}
          {about && `, ${about}`}
        </>
      )}
    </p>
  );
}

const Legend = () => (
  <ul className={styles['legend']} aria-label="Marks of operations">
    {(['read', 'write', 'zero', 'report', 'request', 'fault', 'fresh', 'writeback'] as const).map((mark) => (
      <li key={mark}>
        <i data-mark={mark} />
        {mark === 'fresh' ? 'got fresh space' : mark}
      </li>
    ))}
  </ul>
);
