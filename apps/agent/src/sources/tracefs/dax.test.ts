import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Step } from './testing/inside-dax.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const guest = at('../../../../../e2e/guest/dax-guest.sh'),
  ready = spawnSync(guest, ['--check'], { encoding: 'utf8' }),
  why = ready.status === 0 ? undefined : ready.stderr.trim();

/** The guest's processor is emulated: a boot takes half a minute. */
const BOOT_MS = 240_000;

/** One boot of a 6.1 kernel with persistent memory for all of them; see testing/inside-dax.ts for what is done there. */
describe.skipIf(why !== undefined)(
  `a model of files on persistent memory, mounted DAX, that lives on tracepoints alone${why ? ` (skipped: ${why})` : ''}`,
  () => {
    const steps = new Map<string, Step>();
    const of = (name: string): Step => steps.get(name)!;
    /**
     * Faults of 4 KiB of a mapping that is smaller than 2 MiB. The first of them fell back from 2 MiB if nothing else of the process is mapped in the same
     * 2 MiB of its addresses, which are random: it has no page table there yet, and for a DAX mapping 6.1 tries 2 MiB then, however small the mapping is.
     */
    const ofSmall = (name: string): number => {
      const { pmd, fallback, pte, led } = of(name).faults;
      expect([fallback, led], name).toEqual([pmd, pmd]);
      expect(pmd, name).toBeLessThanOrEqual(1);
      return pte;
    };

    beforeAll(async () => {
      // A folder of the guest's own: what the host's tests have noted in theirs is not the guest's to release.
      const inside = `TMPDIR=$(mktemp -d) node ${process.env['MAPSCOPE_PROGRAMS']}/inside-dax.mjs`,
        words = ['--fs', 'xfs', '--cwd', at('../../../../..'), '--timeout', String(BOOT_MS / 1000 - 10), inside];
      const said = await new Promise<string>((done, failed) => {
        execFile(guest, words, { maxBuffer: 16 << 20 }, (error, stdout, stderr) =>
          error ? failed(new Error(`${error.message}\n${stderr}`)) : done(stdout),
        );
      });
      for (const line of said.trim().split('\n')) {
        const step = JSON.parse(line) as Step;
        steps.set(step.step, step);
      }
    }, BOOT_MS);

    test('has the map that FIEMAP tells, after each step, knows at least 99 % of it, and has no folio of any file', () => {
      expect(steps.size).toBe(13);
      for (const { step, wrong, folios, lost, pages, known } of steps.values()) {
        expect({ step, wrong, folios, lost }).toEqual({ step, wrong: [], folios: 0, lost: '0' });
        expect(known / pages, step).toBeGreaterThanOrEqual(0.99);
      }
      expect(of('write').kernel).toMatch(/^6\.1\./);
    });

    test('tells faults by their order', () => {
      expect(of('write').faults).toEqual({ pmd: 0, fallback: 0, pte: 0, led: 0 });
      expect(ofSmall('faults of 4 KiB')).toBe(16);
      expect(of('faults of 2 MiB').faults).toMatchObject({ pmd: 4, fallback: 0, pte: 0 });
      // One that is read gets zeroes, one that is written gets space.
      expect(of('a hole that is read, then written').faults).toMatchObject({ pmd: 2, fallback: 0, pte: 0 });
    });

    test('tells a fault that fell back from 2 MiB to 4 KiB, and which one it led to', () => {
      const { faults } = of('a page that has no 2 MiB');
      expect(faults.fallback).toBeGreaterThan(0);
      expect(faults.led).toBe(faults.fallback);
    });

    test('has no fault of a store after the first one to a page: what is stored then is not observable', () => {
      expect(ofSmall('stores after the first fault')).toBe(1);
    });
  },
);
