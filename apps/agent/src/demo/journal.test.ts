import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isProblem } from '@mapscope/shared/units';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Change } from './change.ts';
import { Journal, readJournal } from './journal.ts';

const geometry = { blockSize: 4096, devices: 1, deviceBlocks: 300, reservedBlocks: 256 };
const leave = (n: number): Change => ({ do: 'leave', dir: 1, name: `n${n}` });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mapscope-journal-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const meta = (): string => join(folder, 'meta');
const read = (): Change[] => {
  const found = readJournal(folder);
  if (isProblem(found)) throw new Error(found.message);
  return found.batches.flat();
};
const problemOf = (): string => {
  const found = readJournal(folder);
  return isProblem(found) ? `${found.code}: ${found.message}` : 'none';
};

describe('Journal', () => {
  test('readJournal gives back the header, the checkpoint and each commit', () => {
    const journal = new Journal(folder, { id: 'v', geometry }, [leave(0), leave(1)]);
    expect(journal.append([leave(2), leave(3)])).toBe(0);
    expect(journal.append([leave(4)])).toBe(0);
    journal.close();
    expect(readJournal(folder)).toEqual({
      header: { version: 1, id: 'v', geometry },
      batches: [[leave(0), leave(1)], [leave(2), leave(3)], [leave(4)]],
    });
  });

  test('readJournal drops a commit that was cut anywhere, and keeps all before it', () => {
    const journal = new Journal(folder, { id: 'v', geometry }, [leave(0)]);
    journal.append([leave(1)]);
    const whole = statSync(meta()).size;
    journal.append([leave(2), leave(3)]);
    journal.close();
    for (let size = statSync(meta()).size - 1; size >= whole; size--) {
      truncateSync(meta(), size);
      expect(read()).toEqual([leave(0), leave(1)]);
    }
  });

  test('readJournal takes a whole last line with wrong bytes for a torn one: a disk may write its end first', () => {
    new Journal(folder, { id: 'v', geometry }, [leave(0)]).close();
    appendFileSync(meta(), `00000000 ${JSON.stringify([leave(1)])}\n`);
    expect(read()).toEqual([leave(0)]);
  });

  test('readJournal refuses damage before the end, another version, and what is no metadata', () => {
    const journal = new Journal(folder, { id: 'v', geometry }, [leave(0)]);
    journal.append([leave(1)]);
    journal.close();
    const text = readFileSync(meta(), 'utf8');
    writeFileSync(meta(), text.replace('"n0"', '"nX"'));
    expect(problemOf()).toBe(`E_METADATA: ${meta()} is damaged in line 2`);
    writeFileSync(meta(), 'hello\n');
    expect(problemOf()).toContain('is no metadata');
    writeFileSync(meta(), '');
    expect(problemOf()).toContain('is no metadata');
  });

  test('renewIfLong begins the file anew when commits outweigh the checkpoint, and goes on behind it', () => {
    const journal = new Journal(folder, { id: 'v', geometry }, [leave(0)]);
    for (let i = 0; i < 700; i++) journal.append([{ do: 'leave', dir: 1, name: 'x'.repeat(2000) }]);
    const before = statSync(meta()).size;
    journal.renewIfLong(() => [leave(7)]);
    expect(statSync(meta()).size).toBeLessThan(before / 100);
    journal.append([leave(8)]);
    journal.close();
    expect(read()).toEqual([leave(7), leave(8)]);
  });

  test('renewIfLong leaves a short file alone', () => {
    const journal = new Journal(folder, { id: 'v', geometry }, [leave(0)]);
    journal.append([leave(1)]);
    journal.renewIfLong(() => [leave(7)]);
    journal.close();
    expect(read()).toEqual([leave(0), leave(1)]);
  });
});
