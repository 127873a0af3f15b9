import { FolioState } from '@mapscope/shared/trace';
import type { FolioRuns } from '../../feed/window.ts';
import { sayHow } from '../hit.ts';
import { MOST_ROWS, Table } from './Table.tsx';
import { useSettled } from './use-settled.ts';

const columns = ['offset', 'length', 'state', 'order', 'known'] as const;

/** One word a state, as tests and screen readers want it. */
const states = new Map<number, string>(Object.entries(FolioState).map(([name, state]) => [state, name]));

/** The page cache of the range in view, a row a run of one state. */
export function FolioTable() {
  const file = useSettled((state) => state.file);
  if (!file) return null;
  const { rows, of } = folioRows(file.folios);
  return <Table caption={`Page cache of ${file.path}`} columns={columns} rows={rows} of={of} />;
}

export function folioRows(runs: FolioRuns): { readonly rows: readonly (readonly string[])[]; readonly of: number } {
  const rows: string[][] = [];
  for (let i = 0; i < Math.min(runs.n, MOST_ROWS); i++)
    rows.push([
      `${runs.from[i]}`,
      `${runs.to[i]! - runs.from[i]!}`,
      states.get(runs.state[i]!) ?? `state ${runs.state[i]}?`,
      runs.order[i] === 0xff ? '' : `${runs.order[i]}`,
      sayHow(runs.how[i]!),
    ]);
  return { rows, of: runs.n };
}
