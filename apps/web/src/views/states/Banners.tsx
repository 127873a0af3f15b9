import { type ReactNode, useEffect, useState } from 'react';
import { usePick, useScope } from '../scope.ts';
import { goLive } from '../shell/time.ts';
import { sayCount, sayTimeOfDay } from '../shell/words.ts';
import styles from './Banners.module.css';

/** What is not as it should be, in a sentence over the picture, with what helps. */
export function Banners() {
  return (
    <>
      <LinkBanner />
      <ReplayBanner />
      <LossBanner />
      <GoneBanner />
    </>
  );
}

interface BannerProps {
  readonly tone: 'broken' | 'lost' | 'quiet';
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

const Banner = ({ tone, children, action }: BannerProps) => (
  <div className={styles['banner']} role="status" data-tone={tone}>
    <i aria-hidden="true" />
    <p>{children}</p>
    {action}
  </div>
);

function LinkBanner() {
  const { feed } = useScope(),
    { link, hasPicture } = usePick(({ pulse, file }) => ({ link: pulse?.link, hasPicture: file !== undefined }));
  // Without a picture the whole stage says it.
  if (!link || !hasPicture) return null;
  switch (link.is) {
    case 'lost':
      return (
        <Banner
          tone="broken"
          action={
            <>
              <span className={styles['wait']}>
                <Countdown until={link.retryAt} />
              </span>
              <button onClick={() => feed.retry()}>Try now</button>
            </>
          }
        >
          <b>Connection lost at {sayTimeOfDay(link.lostAt)}.</b> The picture is from then. Recording goes on at the agent, if it runs.
        </Banner>
      );
    case 'connecting':
      return link.lostAt === undefined ? null : (
        <Banner tone="broken">
          <b>Connection lost at {sayTimeOfDay(link.lostAt)}.</b> The picture is from then. Trying again now.
        </Banner>
      );
    case 'refused':
      return (
        <Banner tone="broken" action={<button onClick={() => feed.retry()}>Try now</button>}>
          <b>{link.message}.</b> {link.help}.
        </Banner>
      );
    case 'reading':
      return (
        <Banner tone="quiet" action={<button onClick={() => feed.leaveFile()}>Cancel</button>}>
          Opening {link.name}: {Math.round((100 * link.done) / Math.max(1, link.total))}%
        </Banner>
      );
    case 'file':
      return (
        <Banner tone={link.damage ? 'broken' : 'quiet'} action={<button onClick={() => feed.leaveFile()}>Close recording</button>}>
          {link.damage ? (
            <>
              <b>{link.damage.what}.</b> {link.damage.detail}
            </>
          ) : (
            'A recording.'
          )}{' '}
          {sayCount(link.rows)} events.
        </Banner>
      );
    default:
      return null;
  }
}

/** A moment that cannot be shown: what is on screen is another. */
function ReplayBanner() {
  const scope = useScope(),
    why = usePick(({ pulse }) => pulse?.replay?.why ?? '');
  if (why === '') return null;
  return (
    <Banner tone="broken" action={<button onClick={() => goLive(scope)}>Back to the newest</button>}>
      <b>This moment cannot be shown.</b> {why}
    </Banner>
  );
}

/** Seconds to go, said every second. */
export function Countdown({ until }: { readonly until: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return <>Trying again in {Math.max(0, Math.ceil((until - now) / 1000))} s</>;
}

/** Losses stay in the figures above; the sentence may be put away until more is lost. */
function LossBanner() {
  const { feed } = useScope(),
    { lost, places, unknown, inode, isLive } = usePick(({ pulse, inode }) => ({
      inode,
      isLive: pulse?.link.is === 'live',
      lost: pulse?.lost ?? 0n,
      places: pulse?.losses ?? 0,
      unknown: pulse?.lossesUnknown ?? 0,
    })),
    [seen, setSeen] = useState(0);
  if (places <= seen) return null;
  return (
    <Banner
      tone="lost"
      action={
        <>
          {isLive && inode !== 0 && (
            <button onClick={() => feed.refresh(inode)} title="Ask the sources about the file in view">
              Look again
            </button>
          )}
          <button onClick={() => setSeen(places)} aria-label="Put this away until more is lost">
            Put away
          </button>
        </>
      }
    >
      <b>
        {lost > 0n &&
          `${sayCount(lost)} ${lost === 1n ? 'event' : 'events'} lost in ${places - unknown} ${places - unknown === 1 ? 'place' : 'places'}`}
        {lost > 0n && unknown > 0 && ', '}
        {unknown > 0 && `${unknown} ${unknown === 1 ? 'gap' : 'gaps'} of unknown size`}.
      </b>{' '}
      Hatched time was not seen; ranges that may have changed in it are drawn as not known.
    </Banner>
  );
}

function GoneBanner() {
  const { gone, path } = usePick(({ file }) => ({ gone: file?.gone ?? false, path: file?.path ?? '' }));
  if (!gone) return null;
  return (
    <Banner tone="quiet">
      <b>{path} was removed.</b> Its last map is shown.
    </Banner>
  );
}
