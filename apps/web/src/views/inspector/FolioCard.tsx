import { FolioState, NO_ADDR } from '@mapscope/shared/trace';
import { mapTypeName } from '@mapscope/shared/wire';
import { sayBytes, sayMoment } from '../../axis/index.ts';
import type { Detail, FolioDetail } from '../../feed/look.ts';
import { sayHow } from '../hit.ts';
import { usePick } from '../scope.ts';
import { Card, Facts, Offset, Tag, type Tone } from './Facts.tsx';
import styles from './Inspector.module.css';
import { OpList } from './Touched.tsx';

const sentences: Readonly<Record<number, string>> = {
  [FolioState.added]: 'are in the page cache, their data has not arrived',
  [FolioState.clean]: 'are in the page cache and the same on the device',
  [FolioState.dirty]: 'are dirty: newer in the page cache than on the device',
  [FolioState.folioDirty]: 'are dirty because their folio is; which blocks of it were touched is not known',
  [FolioState.writeback]: 'are going out to the device',
  [FolioState.failed]: 'were dropped by a failed writeback: the data is lost',
  [FolioState.unknown]: 'may be in the page cache: nobody saw what happened to them, or what was seen was lost',
};
const tones: Readonly<Record<number, Tone>> = {
  [FolioState.dirty]: 'dirty',
  [FolioState.folioDirty]: 'dirty',
  [FolioState.writeback]: 'writeback',
  [FolioState.failed]: 'error',
};
const names = new Map<number, string>(Object.entries(FolioState).map(([name, state]) => [state, name]));

/** A run of pages of one state. */
export function FolioCard({ detail, folio: { run, madeBy, under } }: { readonly detail: Detail; readonly folio: FolioDetail }) {
  const origin = usePick(({ pulse }) => pulse?.origin ?? 0n),
    { blockSize } = detail;
  return (
    <>
      <Card>
        <h3>In the page cache</h3>
        <p className={styles['say']}>
          {sayBytes(run.to - run.from)} of {detail.path} {sentences[run.state] ?? 'are in a state without a name'}.
        </p>
        <Tag name={names.get(run.state) ?? `state ${run.state}?`} tone={tones[run.state] ?? 'quiet'} />
        <Facts
          rows={[
            ['file', <Offset key="from" at={run.from} blockSize={blockSize} />],
            ['length', sayBytes(run.to - run.from)],
            [
              'folios',
              run.order === 0xff
                ? 'of an order not known'
                : `of order ${run.order}, ${sayBytes(BigInt(detail.pageSize) << BigInt(run.order))} each`,
            ],
            ['place', sayPlace(under)],
            ['known', `${sayHow(run.how)}, ${sayMoment(run.since, origin, 1_000_000n)}`],
          ]}
        />
      </Card>
      {madeBy && (
        <Card title="What made it so">
          <OpList ops={[madeBy]} of={1} />
        </Card>
      )}
    </>
  );
}

function sayPlace(under: FolioDetail['under']): string {
  if (!under) return 'not known';
  return under.addr === NO_ADDR
    ? `none yet (${mapTypeName(under.type)})`
    : `${mapTypeName(under.type)} on device ${under.device} at ${sayBytes(under.addr)}`;
}
