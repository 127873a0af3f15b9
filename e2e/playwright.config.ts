import { defineConfig } from '@playwright/test';

// Debian's Chromium, started as stack.md says; without it the browser specs skip with that reason.
export default defineConfig({
  testDir: 'src',
  testMatch: '*.spec.ts',
  globalSetup: ['../scripts/own-temp.mjs', '../scripts/programs.mjs'],
  // Two files at a time: while one waits for a disk or a page, the other goes on. An emulated guest wants both CPUs for itself.
  workers: 2,
  projects: [
    { name: 'host', testIgnore: 'guest.spec.ts' },
    { name: 'guest', testMatch: 'guest.spec.ts', dependencies: ['host'] },
  ],
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['../scripts/browser-counts.mjs']],
  outputDir: '../test-results',
  use: {
    viewport: { width: 1440, height: 900 },
    // A time line that is drawn anew sixty times a second takes a core of a machine without a GPU. Those of watch.spec.ts are.
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
