import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

const skipped = new Set(['node_modules', 'dist', 'build', '.git']);

function* filesOf(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) yield path;
  else for (const name of readdirSync(path).sort()) if (!skipped.has(name)) yield* filesOf(join(path, name));
}

/** Hash over names and contents of everything below `paths`: what a build is made from. Tests do not count. */
export function hashOf(paths, extra = '') {
  const hash = createHash('sha256').update(extra);
  for (const path of paths)
    for (const file of filesOf(path))
      if (!/\.test\.tsx?$/.test(file) && !file.includes(`${sep}fixtures${sep}`)) hash.update(file).update('\0').update(readFileSync(file));
  return hash.digest('hex');
}

/** Runs `make` when `stamp` does not say that this very input was made before. Answers whether it ran. */
export async function onceFor(stamp, hash, make) {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return false;
  await make();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
  return true;
}
