import { sayAtLeast, sayBytes } from '../../axis/index.ts';
import type { Link } from '../../feed/link.ts';
import type { Pulse, SourceView } from '../../feed/look.ts';
import type { ReplayView } from '../../feed/replay.ts';
import { moves } from '../../store/index.ts';
import { Chooser } from '../parts/Chooser.tsx';
import { useMove, usePick } from '../scope.ts';
import { isDarkNow } from './theme.ts';
import { saySpeed } from './time.ts';
import { sayCount, sayRate, sayTimeOfDay } from './words.ts';
import styles from './TopBar.module.css';

const notationWords = { dec: 'dec', hex: 'hex', blocks: 'blk' } as const;

export function TopBar() {
  const move = useMove(),
    { link, played, notation } = usePick(({ pulse, notation }) => ({ link: pulse?.link, played: playedOf(pulse)?.recording, notation }));
  return (
    <header className={styles['bar']}>
      <h1 className={styles['brand']}>
        <Mark />
        mapscope
      </h1>
      <span
        className={styles['source']}
        title={
          link?.is === 'file'
            ? 'A recording, in this page alone'
            : played
              ? `A recording, served by ${location.host}`
              : 'The agent that served this page'
        }
      >
        {link?.is === 'file' || link?.is === 'reading' ? link.name : (played ?? location.host)}
      </span>
      <LinkChip />
      <BufferChip />
      <LostChip />
      <span className={styles['space']} />
      <Chooser label="open" className={styles['button']} title="Open a recording in this page, or drop one on it" />
      <button className={styles['button']} onClick={() => move(moves.turnNotation)} title="Offsets: decimal, hex, blocks (o)">
        {notationWords[notation]}
      </button>
      <button className={styles['button']} onClick={() => move(moves.turnTheme(isDarkNow()))} title="Theme (t)" aria-label="Theme">
        <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
          <circle cx="7" cy="7" r="5.5" fill="none" stroke="currentColor" strokeWidth="1.3" />
          <path d="M7 1.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />
        </svg>
      </button>
      <button className={styles['button']} onClick={() => move(moves.openHelp(true))} title="Keys (?)" aria-label="Keys">
        ?
      </button>
    </header>
  );
}

/** Files and devices, and the bytes that move between them. */
const Mark = () => (
  <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true" className={styles['mark']}>
    <path className={styles['data']} d="M1 3h8v3H1zM11 14h8v3h-8z" />
    <path className={styles['dirt']} d="M11 3h8v3h-8zM1 14h8v3H1z" />
    <path className={styles['dataWay']} d="M1 6h8c0 4 10 4 10 8h-8c0-4-10-4-10-8z" />
    <path className={styles['dirtWay']} d="M19 6h-8c0 4-10 4-10 8h8c0-4 10-4 10-8z" />
  </svg>
);

/** The recording that an agent plays. */
const playedOf = (pulse: Pulse | undefined): SourceView | undefined => pulse?.sources.find(({ recording }) => recording !== '');

/** `live 41k ev/s`, `paused`, `replay 2×`, `since 14:02:31`, `recording`. */
function LinkChip() {
  const { link, rate, replay, played } = usePick(({ pulse }) => ({
    link: pulse?.link,
    rate: pulse?.rate ?? 0,
    replay: pulse?.replay,
    played: playedOf(pulse)?.state,
  }));
  const [tone, words] = sayLink(link, replay, played);
  return (
    <span className={styles['chip']} role="status" aria-label="Connection">
      <i className={styles['dot']} data-tone={tone} />
      {words}
      {tone === 'live' && <b className={styles['rate']}>{sayRate(rate)} ev/s</b>}
    </span>
  );
}

export function sayLink(
  link: Link | undefined,
  replay?: Pick<ReplayView, 'isPlaying' | 'speed'>,
  played?: SourceView['state'],
): readonly [tone: 'live' | 'held' | 'waiting' | 'broken', words: string] {
  switch (link?.is) {
    case 'live':
      if (!replay && played) return ['held', played === 'ok' ? 'recording, being played' : 'recording, at its end'];
      if (!replay) return ['live', 'live'];
      return ['held', replay.isPlaying ? `replay ${saySpeed(replay.speed)}` : 'paused'];
    case 'lost':
      return ['broken', `lost since ${sayTimeOfDay(link.lostAt)}`];
    case 'refused':
      return ['broken', 'refused'];
    case 'reading':
      return ['waiting', 'reading'];
    case 'file':
      return ['held', replay?.isPlaying ? `recording ${saySpeed(replay.speed)}` : 'recording'];
    default:
      return ['waiting', 'connecting'];
  }
}

/** How full the trace buffer was: what it does not hold is lost. */
function BufferChip() {
  const { buffer } = usePick(({ pulse }) => ({ buffer: pulse?.sources.find(({ state, buffer }) => state === 'ok' && buffer)?.buffer }));
  if (!buffer) return null;
  const { bytes, fill, most } = buffer;
  return (
    <span
      className={styles['chip']}
      data-bad={fill >= NEARLY_FULL}
      title={`Trace buffer of each CPU: ${sayBytes(BigInt(bytes))}. The fullest was ${fill} % full in the last second, ${most} % at most`}
    >
      buffer <b>{fill} %</b>
    </span>
  );
}

/** Percent: a burst twice as strong loses events. */
const NEARLY_FULL = 50;

function LostChip() {
  const { lost, unknown, skipped, bytes, foliosUnknown } = usePick(({ pulse, files }) => ({
    lost: pulse?.lost ?? 0n,
    unknown: pulse?.lossesUnknown ?? 0,
    skipped: pulse?.skipped ?? 0n,
    bytes: files?.dirty ?? 0n,
    foliosUnknown: files?.foliosUnknown ?? 0n,
  }));
  return (
    <>
      <span
        className={styles['chip']}
        data-bad={lost > 0n || unknown > 0}
        title={
          skipped > 0n
            ? `This page was too slow for ${sayCount(skipped)} rows and was told anew`
            : `Events that a source could not keep${unknown > 0 ? `, ${sayCount(lost + BigInt(unknown))} at least` : ''}`
        }
      >
        {(lost > 0n || unknown > 0) && <span aria-hidden="true">✕</span>}
        lost <b>{sayCount(lost)}</b>
        {unknown > 0 && ` + ${unknown} ${unknown === 1 ? 'gap' : 'gaps'}`}
      </span>
      <span
        className={styles['chip']}
        title={`Of all files, in the page cache and not yet on a device${foliosUnknown > 0n ? `; of ${sayBytes(foliosUnknown)} it is not known` : ''}`}
      >
        dirty <b data-dirty={bytes > 0n}>{sayAtLeast(bytes, foliosUnknown)}</b>
      </span>
    </>
  );
}
