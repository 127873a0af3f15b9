import type { ReactNode } from 'react';
import { sayOffset } from '../../axis/index.ts';
import { usePick } from '../scope.ts';
import styles from './Inspector.module.css';

export const Card = ({ title, children }: { readonly title?: string; readonly children: ReactNode }) => (
  <div className={styles['card']}>
    {title && <h3>{title}</h3>}
    {children}
  </div>
);

/** Names and values; a value that is undefined has no line. */
export const Facts = ({ rows }: { readonly rows: readonly (readonly [name: string, value: ReactNode])[] }) => (
  <dl className={styles['facts']}>
    {rows
      .filter(([, value]) => value !== undefined && value !== false)
      .map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
);

/** An offset in the notation that is chosen; a click copies it as other tools take it. */
export function Offset({ at, blockSize }: { readonly at: bigint; readonly blockSize: number }) {
  const notation = usePick((state) => state.notation),
    plain = notation === 'hex' ? `0x${at.toString(16)}` : `${at}`;
  return (
    <button
      className={styles['offset']}
      title={`Copy ${plain}`}
      onClick={() => void navigator.clipboard?.writeText(plain).catch(() => undefined)}
    >
      {sayOffset(at, notation, blockSize)}
    </button>
  );
}

export type Tone = 'mapped' | 'shared' | 'dirty' | 'writeback' | 'delalloc' | 'error' | 'quiet';

export const Tag = ({ name, tone = 'quiet', title }: { readonly name: string; readonly tone?: Tone; readonly title?: string }) => (
  <span className={styles['tag']} data-tone={tone} title={title}>
    {name}
  </span>
);

/** Flags and types by name, with one sentence each: nobody knows them all by heart. */
export const Meanings = ({ words }: { readonly words: readonly (readonly [name: string, meaning: string])[] }) =>
  words.length === 0 ? null : (
    <ul className={styles['meanings']}>
      {words.map(([name, meaning]) => (
        <li key={name}>
          <code>{name}</code> {meaning}
        </li>
      ))}
    </ul>
  );
