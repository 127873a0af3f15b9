import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { BlockType, type Kind, meanings, openRecording, type Recording, sourceOf } from '../trace/index.ts';
import { U64_MAX } from '../units/index.ts';
import { plainFiles } from './plain.ts';
import { modelAt } from './replay.ts';

/** Written once when the format was made, and never again: what was recorded then must be readable for ever. */
const kept = (name: string): Buffer => readFileSync(new URL(`../fixtures/recordings/${name}`, import.meta.url));
const asTold = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, it: unknown) => (typeof it === 'bigint' ? `${it}` : it)));

describe.each([1, 2, 3])('the kept recording of version %i', (version) => {
  const told = JSON.parse(kept(`v${version}.json`).toString()) as {
    header: unknown;
    counts: unknown;
    until: string;
    lost: string;
    files: unknown;
  };
  const open = async (): Promise<Recording> =>
    (await openRecording(sourceOf(kept(`v${version}.mscope`)), (bytes) => inflateRawSync(bytes))) as Recording;

  test('opens, with its header and its counts', async () => {
    const recording = await open(),
      counts: Record<string, number> = {};
    for (const entry of recording.entries.filter(({ type }) => type === BlockType.events))
      entry.counts!.forEach((n, kind) => {
        const { name } = meanings[kind as Kind];
        if (n > 0) counts[name] = (counts[name] ?? 0) + n;
      });
    expect(recording).toMatchObject({ version, isWhole: true, flaws: [], header: told.header });
    expect(counts).toEqual(told.counts);
  });

  test('gives the model it gave then, by its last keyframe and from the first row', async () => {
    const recording = await open(),
      withoutKeyframes = { ...recording, entries: recording.entries.filter(({ type }) => type === BlockType.events) };
    for (const it of [recording, withoutKeyframes]) {
      const { model, flaws } = await modelAt(it, U64_MAX);
      expect(flaws).toEqual([]);
      expect(asTold({ until: model.until, lost: model.lost, files: plainFiles(model) })).toEqual({
        until: told.until,
        lost: told.lost,
        files: told.files,
      });
    }
  });
});
