import { type ReactNode, useState } from 'react';
import type { SourceView } from '../../feed/look.ts';
import { Chooser } from '../parts/Chooser.tsx';
import { usePick, useScope } from '../scope.ts';
import { Countdown } from './Banners.tsx';
import styles from './EmptyPage.module.css';

/** The stage without a picture: why, and what to do about it. */
export function EmptyPage() {
  const { feed } = useScope(),
    { link, isSettled, sources, hasFiles, isBack, inode, path } = usePick(({ pulse, files, inode, path }) => ({
      inode,
      path,
      isBack: pulse?.replay !== undefined && pulse.isSettled,
      link: pulse?.link,
      isSettled: pulse?.isSettled ?? false,
      sources: pulse?.sources,
      hasFiles: (files?.total ?? 0) > 0,
    }));
  if (link?.is === 'refused')
    return (
      <Page title={link.message}>
        <p className={styles['lede']}>{link.help}.</p>
        <button className={styles['button']} onClick={() => feed.retry()}>
          Try now
        </button>
      </Page>
    );
  if (isBack && (link?.is === 'file' ? !link.damage : true))
    return (
      <Page title={path === '' ? 'No file yet at this moment' : `${path} is not there at this moment`}>
        <p className={styles['lede']}>Files come and go. Go on in time below, or choose another file.</p>
      </Page>
    );
  if (link?.is === 'reading')
    return (
      <Page title={`Opening ${link.name}`}>
        <progress max={link.total} value={link.done} className={styles['progress']} />
        <button className={styles['button']} onClick={() => feed.leaveFile()}>
          Cancel
        </button>
      </Page>
    );
  if (link?.is === 'file')
    return (
      <Page title={link.damage?.what ?? 'This recording has no files'}>
        <p className={styles['lede']}>{link.damage?.detail} Another one may be dropped on this page.</p>
        <Chooser label="Choose file" className={styles['button']} />
        <button className={styles['button']} onClick={() => feed.leaveFile()}>
          Back to the agent
        </button>
      </Page>
    );
  if (link?.is === 'lost')
    return (
      <Page title={`No answer from ${location.host}`}>
        <p className={styles['lede']}>
          The agent does not run, or not there any more. <Countdown until={link.retryAt} />.{' '}
          <button className={styles['button']} onClick={() => feed.retry()}>
            Try now
          </button>
        </p>
        <Ways />
      </Page>
    );
  if (link?.is === 'live' && isSettled && (inode !== 0 || path !== ''))
    return (
      <Page title={`${path || `inode ${inode}`} is not here`}>
        <p className={styles['lede']}>It has gone, or is not watched. {hasFiles && 'Choose another file.'}</p>
      </Page>
    );
  if (link?.is !== 'live' || !isSettled || hasFiles) return <Page title={`Connecting to ${location.host}`} />;
  return (
    <Page title="Nothing to draw yet">
      <p className={styles['lede']}>
        Mapscope shows where the bytes of a file are, and which of them are still dirty, while it happens. Write to a file of the mount,
        start one of these, or drop a recording on this page.
      </p>
      <Ways />
      {sources && sources.length > 0 && <Sources sources={sources} />}
    </Page>
  );
}

const Page = ({ title, children }: { readonly title: string; readonly children?: ReactNode }) => (
  <section className={styles['page']} aria-label="Nothing shown">
    <div className={styles['inner']}>
      <h2 className={styles['title']}>{title}</h2>
      {children}
    </div>
  </section>
);

const Ways = () => (
  <div className={styles['cards']}>
    <Card title="See it move" text="A demo filesystem and its workload, on this machine.">
      <Command name="demo" text="npx mapscope demo" />
    </Card>
    <Card title="Watch your own files" text="On XFS, ext4, btrfs or any FUSE mount; as root.">
      <Command name="watch" text="sudo npx mapscope watch PATH" />
    </Card>
    <Card title="Look again" text="A recording, served with its page.">
      <Command name="recording" text="npx mapscope replay FILE" />
    </Card>
    <Card title="Ask this machine" text="What works here, and what would help.">
      <Command name="doctor" text="npx mapscope doctor" />
    </Card>
    <Card title="Open a recording" text="In this page alone: nothing is sent.">
      <div className={styles['command']}>
        <span>Drop a file here</span>
        <Chooser label="Choose file" className={styles['button']} />
      </div>
    </Card>
  </div>
);

const Card = ({ title, text, children }: { readonly title: string; readonly text: string; readonly children: ReactNode }) => (
  <div className={styles['card']}>
    <h3>{title}</h3>
    <p>{text}</p>
    {children}
  </div>
);

function Command({ name, text }: { readonly name: string; readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  return (
    <div className={styles['command']}>
      <code>{text}</code>
      <button
        onClick={() => {
          void navigator.clipboard.writeText(text).then(
            () => setCopied(true),
            () => setCopied(false),
          );
        }}
        onBlur={() => setCopied(false)}
        aria-label={`Copy the command: ${name}`}
      >
        {isCopied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}

/** What a source tells, for those who do not know it by its name. */
const gives: Readonly<Record<string, string>> = {
  fuse: 'Our own mounts: every iomap_begin and iomap_end.',
  tracefs: 'Each folio of this mount as it changes, and who wrote.',
  pagecache: 'Cached and dirty pages by cachestat, asked ten times a second.',
  fiemap: 'Maps of files on any filesystem, when asked.',
  recording: 'What was recorded, at the pace at which it happened.',
};

const leads = { ok: 'Ready.', ended: 'Ended.', unavailable: '' } as const;
/** Agents end their sentences or do not: here they end. */
const sentence = (words: string): string => (words === '' || /[.!?]$/.test(words) ? words : `${words}.`);
export const saySource = (state: SourceView['state'], why: string, help: string): string =>
  [leads[state], sentence(why) || (state === 'unavailable' ? 'Not available.' : ''), state === 'ok' ? '' : sentence(help)]
    .filter(Boolean)
    .join(' ');

/** What each source can do here: why not, and what would help. */
export const Sources = ({ sources }: { readonly sources: readonly SourceView[] }) => (
  <>
    <h3 className={styles['heading']}>What this machine can show</h3>
    <table className={styles['sources']}>
      <tbody>
        {sources.map(({ source, name, state, why, help }) => (
          <tr key={source} data-state={state}>
            <th scope="row">
              <i aria-hidden="true" />
              {name}
            </th>
            <td>
              {saySource(state, why, help)} {state === 'ok' && gives[name]}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </>
);
