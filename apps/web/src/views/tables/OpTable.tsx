import { OpState } from '@mapscope/shared/model';
import { U64_MAX } from '@mapscope/shared/units';
import { errnoName } from '@mapscope/shared/wire';
import type { OpsWindow } from '../../feed/look.ts';
import { lengthOf, opTitleOf } from '../inspector/op-words.ts';
import { Table } from './Table.tsx';
import { useSettled } from './use-settled.ts';

const columns = ['op', 'file', 'what', 'offset', 'length', 'begin ns', 'took ns', 'result'] as const;
/** The newest: a timeline has thousands. */
const MOST = 50;

/** The newest operations in view, newest first. */
export function OpTable() {
  const ops = useSettled((state) => state.ops);
  if (!ops) return null;
  return <Table caption="Operations, newest first" columns={columns} rows={opRows(ops)} of={ops.spans.n} />;
}

export function opRows({ spans, names }: Pick<OpsWindow, 'spans' | 'names'>): string[][] {
  const paths = new Map(names.map(({ inode, path }) => [inode, path])),
    rows: string[][] = [];
  for (let i = spans.n - 1; i >= 0 && rows.length < MOST; i--) {
    const isOpen = spans.end[i] === U64_MAX;
    rows.push([
      `${spans.op[i]}`,
      paths.get(spans.inode[i]!) ?? '',
      opTitleOf(spans.type[i]!, spans.flags[i]!),
      // What belongs to no file that is told has no place.
      spans.inode[i] === 0 ? '' : `${spans.offset[i]}`,
      `${lengthOf({ length: spans.length[i]!, result: spans.result[i]! })}`,
      `${spans.begin[i]}`,
      isOpen ? '' : `${spans.end[i]! - spans.begin[i]!}`,
      isOpen
        ? (spans.state[i]! & (OpState.neverEnded | OpState.endInDoubt)) !== 0
          ? 'end not seen'
          : 'open'
        : spans.errno[i] !== 0
          ? errnoName(spans.errno[i]!)
          : `${spans.result[i]}`,
    ]);
  }
  return rows;
}
