import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SHAPE = /^[\w-]{43}$/;

/**
 * The token of this state folder, made when there is none. Kept, 0600, so that a page that has its cookie finds its way back to an agent
 * that was started again. Of two first starts at once the one that is later takes the other's.
 */
export function keepToken(stateDir: string): string {
  const path = join(stateDir, 'token'),
    kept = readToken(path);
  if (kept !== undefined) return kept;
  const token = randomBytes(32).toString('base64url'),
    mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${token}\n`, { mode: 0o600 });
  try {
    linkSync(mine, path);
    return token;
  } catch {
    const others = readToken(path);
    if (others !== undefined) return others;
    // Not a token, whatever it is.
    renameSync(mine, path);
    return token;
  } finally {
    rmSync(mine, { force: true });
  }
}

function readToken(path: string): string | undefined {
  try {
    const kept = readFileSync(path, 'utf8').trim();
    chmodSync(path, 0o600);
    return SHAPE.test(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes as long for a guess that is nearly right as for any other. */
export const isSame = (given: string, token: string): boolean => timingSafeEqual(digest(given), digest(token));
