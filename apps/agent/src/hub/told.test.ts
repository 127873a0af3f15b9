import { type EventRow, frameOf } from '@mapscope/shared/fixtures';
import { FolioState, Kind, SourceId } from '@mapscope/shared/trace';
import { describe, expect, test } from 'vitest';
import { ToldCounts } from './told.ts';

const row = (kind: Kind, inode: number, source: SourceId, type = 0): EventRow => ({ kind, inode, source, type, time: 1n });

describe('ToldCounts', () => {
  test('counts rows of events and of what was asked, of a file and of all', () => {
    const told = new ToldCounts();
    told.take(
      frameOf([row(Kind.folio, 1, SourceId.tracefs), row(Kind.extent, 1, SourceId.fiemap), row(Kind.folio, 2, SourceId.pagecache)]),
    );
    expect([told.of(1), told.of(2), told.of(3)]).toEqual([
      { events: 1, refreshes: 1, changed: 0 },
      { events: 0, refreshes: 1, changed: 0 },
      { events: 0, refreshes: 0, changed: 0 },
    ]);
    expect(told.all).toEqual({ events: 1, refreshes: 2, changed: 0 });
  });

  test('counts apart the events by which pages became dirty or went', () => {
    const told = new ToldCounts();
    told.take(
      frameOf([
        ...[FolioState.dirty, FolioState.folioDirty, FolioState.removed, FolioState.taken, FolioState.clean].map((state) =>
          row(Kind.folio, 1, SourceId.tracefs, state),
        ),
        row(Kind.folio, 1, SourceId.pagecache, FolioState.folioDirty),
      ]),
    );
    expect(told.of(1)).toEqual({ events: 5, refreshes: 1, changed: 3 });
  });

  test('keeps nothing of a file that is gone, whoever says so', () => {
    const told = new ToldCounts();
    told.take(frameOf([row(Kind.folio, 1, SourceId.tracefs), row(Kind.inodeGone, 1, SourceId.tracefs)]));
    expect(told.of(1)).toEqual({ events: 0, refreshes: 0, changed: 0 });
    expect(told.all).toEqual({ events: 2, refreshes: 0, changed: 0 });
  });
});
