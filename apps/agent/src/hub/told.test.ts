import { type EventRow, frameOf } from '@mapscope/shared/fixtures';
import { Kind, SourceId } from '@mapscope/shared/trace';
import { describe, expect, test } from 'vitest';
import { ToldCounts } from './told.ts';

const row = (kind: Kind, inode: number, source: SourceId): EventRow => ({ kind, inode, source, time: 1n });

describe('ToldCounts', () => {
  test('counts rows of events and of what was asked, of a file and of all', () => {
    const told = new ToldCounts();
    told.take(
      frameOf([row(Kind.folio, 1, SourceId.tracefs), row(Kind.extent, 1, SourceId.fiemap), row(Kind.folio, 2, SourceId.pagecache)]),
    );
    expect([told.of(1), told.of(2), told.of(3)]).toEqual([
      { events: 1, refreshes: 1 },
      { events: 0, refreshes: 1 },
      { events: 0, refreshes: 0 },
    ]);
    expect(told.all).toEqual({ events: 1, refreshes: 2 });
  });

  test('keeps nothing of a file that is gone, whoever says so', () => {
    const told = new ToldCounts();
    told.take(frameOf([row(Kind.folio, 1, SourceId.tracefs), row(Kind.inodeGone, 1, SourceId.tracefs)]));
    expect(told.of(1)).toEqual({ events: 0, refreshes: 0 });
    expect(told.all).toEqual({ events: 2, refreshes: 0 });
  });
});
