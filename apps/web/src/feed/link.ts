import type { Damage } from './damage.ts';

/**
 * The line to the agent as a value: what is so, and what to do about it. Pure; sockets and timers are the caller's.
 *
 *   connecting ── opened ──> live ── closed ──> lost ── due, or the person asks ──> connecting
 *        └──── closed ─> lost        refused: the agent is there and says no; asked again by hand or slowly
 *   file: a recording was opened instead; the agent is let go
 */
export type Link =
  | { readonly is: 'connecting'; readonly attempt: number; readonly lostAt: number | undefined }
  | { readonly is: 'live'; readonly since: number }
  | { readonly is: 'lost'; readonly lostAt: number; readonly attempt: number; readonly retryAt: number }
  | {
      readonly is: 'refused';
      readonly status: number;
      readonly message: string;
      readonly help: string;
      readonly retryAt: number;
      readonly lostAt: number | undefined;
    }
  | { readonly is: 'reading'; readonly name: string; readonly done: number; readonly total: number }
  | { readonly is: 'file'; readonly name: string; readonly rows: number; readonly damage: Damage | undefined };

/** Times are milliseconds of the wall clock, since people read them. */
export type LinkEvent =
  | { readonly type: 'opened'; readonly at: number }
  | { readonly type: 'closed'; readonly at: number }
  | { readonly type: 'refused'; readonly at: number; readonly status: number; readonly message: string; readonly help: string }
  | { readonly type: 'due' }
  | { readonly type: 'asked' };

export const firstLink: Link = { is: 'connecting', attempt: 0, lostAt: undefined };

const FIRST_WAIT_MS = 500,
  LONGEST_WAIT_MS = 8_000,
  REFUSED_WAIT_MS = 10_000;

/** 0.5, 1, 2, 4 and then 8 s: an agent on this machine is back soon or not at all. */
export const waitMs = (attempt: number): number => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));

/** Events that do not fit the state change nothing. */
export function nextLink(link: Link, event: LinkEvent): Link {
  if (link.is === 'connecting') return afterConnecting(link, event);
  if (link.is === 'live' && event.type === 'closed') return { is: 'lost', lostAt: event.at, attempt: 0, retryAt: event.at + waitMs(0) };
  if (event.type !== 'due' && event.type !== 'asked') return link;
  // A person who asks is tried for at once, and patiently from the start.
  if (link.is === 'lost') return { is: 'connecting', attempt: event.type === 'asked' ? 0 : link.attempt, lostAt: link.lostAt };
  return link.is === 'refused' ? { is: 'connecting', attempt: 0, lostAt: link.lostAt } : link;
}

function afterConnecting(link: Extract<Link, { is: 'connecting' }>, event: LinkEvent): Link {
  const { lostAt, attempt } = link;
  if (event.type === 'opened') return { is: 'live', since: event.at };
  if (event.type === 'closed') return { is: 'lost', lostAt: lostAt ?? event.at, attempt: attempt + 1, retryAt: event.at + waitMs(attempt) };
  if (event.type !== 'refused') return link;
  const { status, message, help } = event;
  return { is: 'refused', status, message, help, retryAt: event.at + REFUSED_WAIT_MS, lostAt };
}

/** When `due` is to be sent; undefined: nothing is waited for. */
export const dueAt = (link: Link): number | undefined => (link.is === 'lost' || link.is === 'refused' ? link.retryAt : undefined);
