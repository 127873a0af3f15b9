import { NO_ADDR } from '@mapscope/shared/trace';
import { extentFlags, mapTypeName } from '@mapscope/shared/wire';
import type { FileWindow } from '../../feed/window.ts';
import { sayHow } from '../hit.ts';
import { MOST_ROWS, Table } from './Table.tsx';
import { useSettled } from './use-settled.ts';

const columns = ['offset', 'length', 'type', 'flags', 'device', 'addr', 'known'] as const;

/** The extents of the range in view. Numbers are plain bytes, as other tools take them. */
export function ExtentTable({ layer }: { readonly layer: 'data' | 'pending' }) {
  const file = useSettled((state) => state.file);
  if (!file) return null;
  const { rows, of } = extentRows(file, layer);
  return <Table caption={`${layer === 'data' ? 'Extents' : 'Pending extents'} of ${file.path}`} columns={columns} rows={rows} of={of} />;
}

export function extentRows(
  file: FileWindow,
  layer: 'data' | 'pending',
): { readonly rows: readonly (readonly string[])[]; readonly of: number } {
  const runs = file[layer],
    devices = new Map(file.devices.map(({ device, path }) => [device, path])),
    rows: string[][] = [];
  for (let i = 0; i < Math.min(runs.n, MOST_ROWS); i++)
    rows.push([
      `${runs.from[i]}`,
      `${runs.to[i]! - runs.from[i]!}`,
      mapTypeName(runs.type[i]!),
      extentFlags.print(runs.flags[i]!),
      runs.device[i] === 0 ? '' : (devices.get(runs.device[i]!) ?? `${runs.device[i]}`),
      runs.addr[i] === NO_ADDR ? '' : `${runs.addr[i]}`,
      sayHow(runs.how[i]!),
    ]);
  return { rows, of: runs.n };
}
