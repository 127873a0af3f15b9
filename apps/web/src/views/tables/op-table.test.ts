import { frameOf } from '@mapscope/shared/fixtures';
import { createModel, opSpans, reduce } from '@mapscope/shared/model';
import { How, Kind, opId, OpType, SourceId } from '@mapscope/shared/trace';
import { Opcode, OpFlag } from '@mapscope/shared/wire';
import { expect, test } from 'vitest';
import { opRows } from './OpTable.tsx';

test('opRows says no place of a request of which no event tells a file', () => {
  const model = createModel(),
    about = { op: opId(SourceId.tracefs, 1), source: SourceId.tracefs, how: How.observed, type: OpType.request } as const;
  reduce(model, frameOf([{ kind: Kind.opBegin, time: 10n, flags: Opcode.WRITE, length: 4096n, ...about }]));
  expect(opRows({ spans: opSpans(model, 0n, 100n), names: [] })[0]!.slice(1, 5)).toEqual(['', 'WRITE request', '', '4096']);
});

test('opRows tells how much an op did where no event told how much it was asked to do', () => {
  const model = createModel(),
    about = { op: opId(SourceId.tracefs, 1), inode: 1, source: SourceId.tracefs, how: How.derived, type: OpType.iomap } as const;
  reduce(
    model,
    frameOf([
      { kind: Kind.opBegin, time: 10n, flags: OpFlag.WRITE, offset: 8192n, ...about },
      { kind: Kind.opEnd, time: 30n, result: 4096n, ...about },
    ]),
  );
  const names = [{ inode: 1, path: 'a.db', isFile: true }];
  expect(opRows({ spans: opSpans(model, 0n, 100n), names })).toEqual([
    [String(about.op), 'a.db', 'WRITE', '8192', '4096', '10', '20', '4096'],
  ]);
});
