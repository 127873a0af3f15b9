import type { BesideDetail, IoendDetail } from '../../feed/look.ts';
import { Card, Meanings } from './Facts.tsx';
import styles from './Inspector.module.css';
import { apartWords, ioendSentence, sayNotApart } from './ioend-words.ts';
import { OpList } from './Touched.tsx';

/** Which runs became one I/O, and why what was written beside it did not become a part of it. */
export function IoendCards({ ioend }: { readonly ioend: IoendDetail }) {
  const { it, before, after } = ioend;
  return (
    <>
      <Card title="ioend">
        <p>{ioendSentence(ioend)}</p>
        {!before && !after && (
          <p className={styles['more']}>Nothing else of this file is known to have gone out in that pass of writeback.</p>
        )}
      </Card>
      {before && (
        <Beside
          title="Apart from the one before"
          beside={before}
          words={apartWords(before.why, before.it, it)}
          none={sayNotApart(before.it, it)}
        />
      )}
      {after && (
        <Beside
          title="Apart from the one behind"
          beside={after}
          words={apartWords(after.why, it, after.it)}
          none={sayNotApart(it, after.it)}
        />
      )}
    </>
  );
}

function Beside({
  title,
  beside,
  words,
  none,
}: {
  readonly title: string;
  readonly beside: BesideDetail;
  readonly words: readonly (readonly [name: string, meaning: string])[];
  readonly none: string;
}) {
  return (
    <Card title={title}>
      <OpList ops={[beside.op]} of={1} />
      <Meanings words={words} />
      {words.length === 0 && <p className={styles['more']}>{none}</p>}
    </Card>
  );
}
