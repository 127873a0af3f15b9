import { MapType, NO_ADDR } from '@mapscope/shared/trace';
import { sayBytes, sayMoment } from '../../axis/index.ts';
import type { Detail, ExtentDetail } from '../../feed/look.ts';
import type { FileWindow } from '../../feed/window.ts';
import { moves } from '../../store/index.ts';
import { sayHow } from '../hit.ts';
import { useMove, usePick } from '../scope.ts';
import { sayCached } from './cached-words.ts';
import { Card, Facts, Meanings, Offset, Tag } from './Facts.tsx';
import styles from './Inspector.module.css';
import { shortPath } from './OpCard.tsx';
import { OpList } from './Touched.tsx';
import { isShared, mappingWords, toneOfWord } from './type-words.ts';

/** What is so of a range of the file, how that is known, and what made it so. */
export function ExtentCard({
  detail,
  extent: it,
  foliosFrom,
}: {
  readonly detail: Detail;
  readonly extent: ExtentDetail;
  readonly foliosFrom: FileWindow['foliosFrom'];
}) {
  const { extent, before, madeBy, sharers } = it,
    { blockSize } = detail,
    move = useMove();
  const origin = usePick(({ pulse }) => pulse?.origin ?? 0n),
    device = detail.devices.find((one) => one.device === extent.device),
    words = mappingWords(extent.type, extent.flags),
    hasPlace = extent.addr !== NO_ADDR;
  return (
    <>
      <Card>
        <h3>{it.layer === 'pending' ? 'Pending mapping' : 'Mapping'}</h3>
        <p className={styles['say']}>
          {extentSentence(it, detail.path, device && shortPath(device.path))}{' '}
          {it.dirty > 0n && <b data-tone="dirty">{sayBytes(it.dirty)} of it are dirty.</b>}{' '}
          {it.writeback > 0n && <b data-tone="writeback">{sayBytes(it.writeback)} are going out.</b>}{' '}
          {sharers.length > 0 && (
            <>
              <b>{sharers.map(({ path }) => path).join(', ')}</b> {sharers.length === 1 ? 'holds' : 'hold'} the same blocks; a write here
              goes elsewhere first.
            </>
          )}
        </p>
        {words.map(([name]) => (
          <Tag key={name} name={name} tone={toneOfWord(name)} />
        ))}
        <Meanings words={words} />
      </Card>
      <Card>
        <Facts
          rows={[
            ['file', <Offset key="from" at={extent.from} blockSize={blockSize} />],
            ['to', <Offset key="to" at={extent.to} blockSize={blockSize} />],
            ['length', `${sayBytes(extent.to - extent.from)}, ${(extent.to - extent.from) / BigInt(blockSize)} blocks`],
            ['device', hasPlace && <Offset at={extent.addr} blockSize={blockSize} />],
            ['on', device && hasPlace && device.path],
            ['distance', hasPlace && before && before.addr !== NO_ADDR && sayDistance(before, extent)],
            ['in cache', sayCached(it, extent.to - extent.from, foliosFrom)],
            ['known', `${sayHow(extent.how)}${extent.since > 0n ? `, ${sayMoment(extent.since, origin, 1_000_000n)}` : ''}`],
          ]}
        />
        {sharers.map(({ inode, path }) => (
          <button key={inode} className={styles['link']} onClick={() => move(moves.chooseFile(inode, path))}>
            Show {path}
          </button>
        ))}
        <button className={styles['link']} onClick={() => move(moves.showRange(extent.from, extent.to))}>
          Show this range
        </button>
      </Card>
      {madeBy && (
        <Card title="What made it so">
          <OpList ops={[madeBy]} of={1} />
        </Card>
      )}
    </>
  );
}

export function extentSentence({ extent }: Pick<ExtentDetail, 'extent'>, path: string, device: string | undefined): string {
  const length = sayBytes(extent.to - extent.from),
    where = `at ${sayBytes(extent.addr)} of ${device ?? `device ${extent.device}`}`;
  switch (extent.type) {
    case MapType.MAPPED:
      return `${length} of ${path} lie ${where}${isShared(extent.flags) ? ', shared' : ''}.`;
    case MapType.UNWRITTEN:
      return `${length} of ${path} have storage ${where}, and read as zeroes until they are written.`;
    case MapType.HOLE:
      return `${length} of ${path} have no storage: they read as zeroes.`;
    case MapType.DELALLOC:
      return `${length} of ${path} have no place on a device yet; the data is in the page cache.`;
    case MapType.INLINE:
      return `${length} of ${path} are kept with the inode.`;
    default:
      return `Nothing is known of ${length} of ${path}.`;
  }
}

/** How far the device jumps from the end of the piece before: what fragmentation costs. */
function sayDistance(before: ExtentDetail['extent'], extent: ExtentDetail['extent']): string {
  if (before.device !== extent.device) return 'another device than the piece before';
  const end = before.addr + before.to - before.from;
  if (end === extent.addr) return 'follows the piece before';
  return extent.addr > end ? `${sayBytes(extent.addr - end)} ahead` : `${sayBytes(end - extent.addr)} back`;
}
