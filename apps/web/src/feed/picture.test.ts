import { frameOf, workload } from '@mapscope/shared/fixtures';
import { plain, reduce, createModel, snapshot, snapshotSections } from '@mapscope/shared/model';
import { decodeFrame, type Frame, FrameBuilder, Kind } from '@mapscope/shared/trace';
import { describe, expect, test } from 'vitest';
import { Picture } from './picture.ts';

const rows = [...workload({ writes: 60 })],
  half = Math.floor(rows.length / 2);
const whole = createModel();
for (const frame of [frameOf(rows.slice(0, half)), frameOf(rows.slice(half))]) reduce(whole, frame);
const sections = (until: readonly (typeof rows)[number][]): Frame[] => {
  const model = createModel();
  reduce(model, frameOf(until));
  // As the hub does: everything but the sections, then a frame of sections each file.
  const inodes = [...model.files.all()].map(({ inode }) => inode);
  return [
    ...snapshot(model, { inodes: [], isAnswer: false }),
    ...inodes.flatMap((inode, k) => snapshotSections(model, [inode], { isAnswer: k === inodes.length - 1 })),
  ].map((bytes) => decodeFrame(bytes) as Frame);
};

describe('apply', () => {
  test('of sections and the frames after them gives the whole model', () => {
    const picture = new Picture();
    for (const frame of [...sections(rows.slice(0, half)), frameOf(rows.slice(half))]) picture.apply(frame);
    expect(picture.isSettled).toBe(true);
    expect(plain(picture.model)).toEqual(plain(whole));
  });

  test('keeps the old model on screen until the last section is in', () => {
    const picture = new Picture();
    for (const frame of sections(rows)) picture.apply(frame);
    const before = picture.model,
      again = sections(rows.slice(0, half));
    for (const frame of again.slice(0, -1)) picture.apply(frame);
    expect(picture.model).toBe(before);
    expect(picture.isFilling).toBe(true);
    picture.apply(again.at(-1)!);
    expect(picture.isFilling).toBe(false);
    expect(picture.model.files.size).toBeGreaterThan(0);
    expect(picture.model).not.toBe(before);
  });

  test('keeps what was shown when the line breaks half-way through the sections', () => {
    const picture = new Picture();
    for (const frame of sections(rows)) picture.apply(frame);
    const before = plain(picture.model);
    picture.apply(sections(rows.slice(0, half))[0]!);
    picture.giveUpFilling();
    expect(plain(picture.model)).toEqual(before);
    expect(picture.isFilling).toBe(false);
  });

  test('carries over what this client was skipped, which no section knows', () => {
    const picture = new Picture(),
      gap = new FrameBuilder();
    gap.result[gap.row(Kind.gap, 1n)] = 7n;
    picture.apply(decodeFrame(gap.take(1n)) as Frame);
    for (const frame of sections(rows)) picture.apply(frame);
    expect(picture.model.skipped).toBe(7n);
  });

  test('says which frame begins to tell anew', () => {
    const picture = new Picture(),
      [first, ...others] = sections(rows);
    expect(picture.apply(first!)).toBe(true);
    for (const frame of others) expect(picture.apply(frame)).toBe(false);
  });
});
