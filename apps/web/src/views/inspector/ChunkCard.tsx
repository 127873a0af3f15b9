import { sayBytes } from '../../axis/index.ts';
import type { ChunkDetail, Detail } from '../../feed/look.ts';
import { usePick } from '../scope.ts';
import { arithmetic } from '../strips/index.ts';
import { Card, Facts, Offset } from './Facts.tsx';
import styles from './Inspector.module.css';
import { OverlapFlaw } from './OverlapFlaw.tsx';

/** A chunk of an interleaved extent, with the arithmetic that leads to its device written out. */
export function ChunkCard({ detail, chunk: { layout, place, used, slack } }: { readonly detail: Detail; readonly chunk: ChunkDetail }) {
  const file = usePick((state) => state.file),
    at = detail.subject?.from ?? 0n,
    names = new Map(detail.devices.map(({ device, path }) => [device, path.split('/').at(-1) ?? path]));
  const nameOf = (device: number): string => names.get(device) ?? `device ${device}`;
  return (
    <>
      <Card>
        <h3>Chunk {`${(at - layout.from) / (layout.chunkSize > 0n ? layout.chunkSize : 1n)}`}</h3>
        <p className={styles['say']}>
          {sayBytes(place.run)} at {sayBytes(at)} of {detail.path} lie on {nameOf(place.device)} at {sayBytes(place.addr)}.
          {place.run < layout.chunkSize && ' The last chunk is cut short.'}
        </p>
        {file && file.inode === detail.inode && <OverlapFlaw file={file} />}
        <Facts
          rows={[
            ['file', <Offset key="at" at={at} blockSize={detail.blockSize} />],
            ['device', <Offset key="addr" at={place.addr} blockSize={detail.blockSize} />],
            ['row, strip', `${place.row}, ${place.strip}`],
          ]}
        />
      </Card>
      {file && file.inode === detail.inode && (
        <Card title="Where this byte goes">
          <pre className={styles['sums']}>{arithmetic(file, layout, at, names).join('\n')}</pre>
        </Card>
      )}
      <Card title="Strips">
        <ul className={styles['plain']}>
          {layout.strips.map((strip, k) => (
            // Strips are columns: their place is what they are.
            <li key={k} aria-current={k === place.strip}>
              {k} · {nameOf(strip.device)}, {sayBytes(used[k] ?? 0n)} used
              {(slack[k] ?? 0n) > 0n && `, ${sayBytes(slack[k]!)} slack`}
              {(slack[k] ?? 0n) < 0n && `, ${sayBytes(-slack[k]!)} too short`}
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}
