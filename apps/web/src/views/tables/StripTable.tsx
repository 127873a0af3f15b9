import { NO_ADDR } from '@mapscope/shared/trace';
import { slackBytes, usedBytes } from '@mapscope/shared/model';
import { MOST_ROWS, Table } from './Table.tsx';
import { useSettled } from './use-settled.ts';

const columns = ['extent', 'offset', 'bytes', 'chunk size', 'strip', 'device', 'addr', 'length', 'used', 'slack'] as const;

/** The interleaved extents of the file, a row a strip. */
export function StripTable() {
  const file = useSettled((state) => state.file);
  if (!file) return null;
  const devices = new Map(file.devices.map(({ device, path }) => [device, path]));
  const rows = file.layouts.flatMap((layout) => {
    const used = usedBytes(layout),
      slack = slackBytes(layout);
    return layout.strips.map((strip, k) => [
      `${layout.index}`,
      `${layout.from}`,
      `${layout.nbytes}`,
      `${layout.chunkSize}`,
      `${k}`,
      devices.get(strip.device) ?? `${strip.device}`,
      strip.addr === NO_ADDR ? '' : `${strip.addr}`,
      `${strip.length}`,
      `${used[k]}`,
      `${slack[k]}`,
    ]);
  });
  return <Table caption={`Strips of ${file.path}`} columns={columns} rows={rows.slice(0, MOST_ROWS)} of={rows.length} />;
}
