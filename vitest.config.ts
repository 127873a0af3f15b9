import { defineConfig } from 'vitest/config';
import { LongestFirst } from './scripts/longest-first.ts';

// Workspace packages are imported from source: no build stands between a change and its test.
export default defineConfig({
  resolve: { conditions: ['mapscope-src'] },
  ssr: { resolve: { conditions: ['mapscope-src'], externalConditions: ['mapscope-src'] } },
  oxc: { jsx: { runtime: 'automatic' } },
  test: {
    include: ['packages/*/src/**/*.test.{ts,tsx}', 'apps/*/src/**/*.test.{ts,tsx}', 'tidy.test.ts', 'scripts/**/*.test.ts'],
    globalSetup: ['./scripts/own-temp.mjs', './scripts/programs.mjs'],
    // Of a machine that does much else; what hangs is ended all the same.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most wait for processes, mounts and clocks: a core kept free for the runner is a core that idles.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './scripts/count-reporter.mjs'],
  },
});
