import { usePick } from '../scope.ts';
import { ChunkCard } from './ChunkCard.tsx';
import { ExtentCard } from './ExtentCard.tsx';
import { Card } from './Facts.tsx';
import { FileCard } from './FileCard.tsx';
import { FolioCard } from './FolioCard.tsx';
import styles from './Inspector.module.css';
import { OpCard } from './OpCard.tsx';
import { OpList } from './Touched.tsx';

/** The thing that is selected, else the file: explained, decoded, with what it touched. */
export function Inspector() {
  const { detail, file, selected, sources } = usePick(({ detail, file, selected, pulse }) => ({
    detail,
    file,
    selected,
    sources: pulse?.sources,
  }));
  return (
    <section className={styles['inspector']} aria-label="Inspector" tabIndex={0}>
      {detail?.op && <OpCard detail={detail} op={detail.op} />}
      {detail?.extent && <ExtentCard detail={detail} extent={detail.extent} foliosFrom={file?.foliosFrom ?? 'none'} />}
      {detail?.folio && <FolioCard detail={detail} folio={detail.folio} />}
      {detail?.chunk && <ChunkCard detail={detail} chunk={detail.chunk} />}
      {selected && detail?.subject && !detail.op && !detail.extent && !detail.folio && !detail.chunk && (
        <Card>
          <p className={styles['say']}>{gone[detail.subject.kind]}</p>
        </Card>
      )}
      {detail && selected && selected.kind !== 'op' && detail.touched.length > 0 && (
        <Card title="What touched it">
          <OpList ops={detail.touched} of={detail.touchedCount} />
        </Card>
      )}
      {file && !selected && <FileCard file={file} detail={detail} sources={sources ?? []} />}
    </section>
  );
}

/** What was selected is not there any more. */
const gone = {
  op: 'This operation is no longer kept: newer ones took its place.',
  extent: 'Nothing is known of this range any more.',
  folio: 'These pages have left the page cache.',
  chunk: 'This range is not interleaved any more.',
} as const;
