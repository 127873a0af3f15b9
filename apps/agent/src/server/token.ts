import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SHAPE = /^[\w-]{43}$/;

/**
 * The token of this state folder, made when there is none. Kept, 0600, so that a page that has its cookie finds its way back to an agent
 * that was started again.
 */
export function keepToken(stateDir: string): string {
  const path = join(stateDir, 'token');
  try {
    const kept = readFileSync(path, 'utf8').trim();
    chmodSync(path, 0o600);
    if (SHAPE.test(kept)) return kept;
  } catch {
    // None yet.
  }
  const token = randomBytes(32).toString('base64url');
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  return token;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes as long for a guess that is nearly right as for any other. */
export const isSame = (given: string, token: string): boolean => timingSafeEqual(digest(given), digest(token));
