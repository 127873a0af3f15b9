import type { IncomingMessage } from 'node:http';
import { isSame } from './token.ts';

/** Why a request is not answered; each has its status. */
export type Denial = 'host' | 'origin' | 'token';
export const denials: Readonly<
  Record<Denial, { readonly status: 401 | 403; readonly code: string; readonly message: string; readonly help: string }>
> = {
  host: {
    status: 403,
    code: 'E_HOST',
    message: 'This address is not served here',
    help: 'Open the address that mapscope printed; through a tunnel, keep its port: ssh -L PORT:127.0.0.1:PORT',
  },
  origin: { status: 403, code: 'E_ORIGIN', message: 'Another page may not ask this agent', help: 'Open the address that mapscope printed' },
  token: {
    status: 401,
    code: 'E_TOKEN',
    message: 'This browser has no token',
    help: 'Open the address that mapscope printed: it carries the token',
  },
};

export interface AccessOptions {
  readonly token: string;
  /** Names beside the loopback ones, as `name:port`. */
  readonly hosts?: readonly string[];
}

/**
 * Who may ask. The name in `Host` keeps a foreign name that somebody points at 127.0.0.1 out; `Origin` keeps foreign pages out; the cookie
 * keeps out who was not given the token: any program of any user can reach a port on loopback.
 */
export class Access {
  private readonly token: string;
  private readonly names: ReadonlySet<string>;
  /** Cookies do not know ports: two agents of one machine must not overwrite each other's. */
  readonly cookieName: string;

  constructor(port: number, { token, hosts = [] }: AccessOptions) {
    this.token = token;
    this.names = new Set([`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, ...hosts]);
    this.cookieName = `mapscope-${port}`;
  }

  /** Without the cookie: is it for us, and not from another page? */
  denyDoor({ headers }: IncomingMessage): Denial | undefined {
    if (!this.names.has((headers.host ?? '').toLowerCase())) return 'host';
    // A link that somebody follows to us carries none; what another page's script asks does.
    return headers.origin !== undefined && !this.isOwn(headers.origin) ? 'origin' : undefined;
  }

  /** Everything. */
  deny(request: IncomingMessage): Denial | undefined {
    return this.denyDoor(request) ?? (this.hasCookie(request) ? undefined : 'token');
  }

  /** A token somebody brought. */
  isToken(given: unknown): boolean {
    return typeof given === 'string' && isSame(given, this.token);
  }

  /** Header line that lets this browser in from now on. */
  get cookie(): string {
    return `${this.cookieName}=${this.token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000`;
  }

  private isOwn(origin: string): boolean {
    return origin.startsWith('http://') && this.names.has(origin.slice('http://'.length).toLowerCase());
  }

  private hasCookie({ headers }: IncomingMessage): boolean {
    for (const pair of (headers.cookie ?? '').split(';')) {
      const [name, value] = pair.trim().split('=', 2);
      if (name === this.cookieName && value !== undefined && isSame(value, this.token)) return true;
    }
    return false;
  }
}
