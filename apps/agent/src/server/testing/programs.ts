import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The programs of this build, bundled as `build.mjs` does, in a folder of the test's own: what is tested is what is there now. */
export async function bundlePrograms(...rooms: readonly string[]): Promise<{ readonly folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'mapscope-programs-'));
  const source = fileURLToPath(new URL('../../', import.meta.url));
  await build({
    entryPoints: rooms.map((room) => ({ in: join(source, room, 'main.ts'), out: room })),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['mapscope-src'],
    external: ['*.node'],
    outExtension: { '.js': '.mjs' },
    define: { MAPSCOPE_VERSION: '"test"' },
    banner: { js: "import{createRequire as __ours}from'node:module';const require=__ours(import.meta.url);" },
    logLevel: 'warning',
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
