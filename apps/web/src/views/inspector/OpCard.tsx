import { isWatched, type Mapping, OpState } from '@mapscope/shared/model';
import { EndFlag, How, NO_ADDR, OpType } from '@mapscope/shared/trace';
import { U64_MAX } from '@mapscope/shared/units';
import { errnoName } from '@mapscope/shared/wire';
import { sayBytes, sayDuration, sayMoment } from '../../axis/index.ts';
import { isNothing } from '../../feed/file-window.ts';
import type { Detail, OpDetail } from '../../feed/look.ts';
import { moves } from '../../store/index.ts';
import { sayHow } from '../hit.ts';
import { useMove, usePick } from '../scope.ts';
import { Messages } from './Bytes.tsx';
import { Card, Facts, Meanings, Offset, Tag } from './Facts.tsx';
import { FaultCard } from './FaultCard.tsx';
import styles from './Inspector.module.css';
import { IoendCards } from './IoendCards.tsx';
import { actedUpon, lengthOf, opFlagWords, opSentence, opTitle, sayProcess, sayRole } from './op-words.ts';
import { requestTimes } from './request-words.ts';
import { OpList } from './Touched.tsx';
import { mappingWords, toneOfWord } from './type-words.ts';

/** An operation: a sentence, then numbers, then what it was answered, then bytes. */
export function OpCard({ detail, op: it }: { readonly detail: Detail; readonly op: OpDetail }) {
  const { op, parent, children, childCount, ios, messages, violations } = it,
    { blockSize } = detail;
  const origin = usePick(({ pulse }) => pulse?.origin ?? 0n),
    flags = opFlagWords(op),
    length = lengthOf(op),
    tried = new Set(it.faults.map((fault) => fault.op.op)),
    // A fault that a fault fell back to stands among what was tried.
    caused = children.filter((child) => !tried.has(child.op));
  return (
    <>
      <Card>
        <h3>
          {opTitle(op)} <span className={styles['id']}>#{op.op & 0x0fff_ffff}</span>
        </h3>
        <p className={styles['say']}>{opSentence(op, detail.path)}</p>
        {flags.map(([name]) => (
          <Tag key={name} name={name} tone={name === 'WRITE' ? 'dirty' : name === 'WRITEBACK' ? 'writeback' : 'quiet'} />
        ))}
        {violations.map(({ text, at }) => (
          <p key={`${at} ${text}`} className={styles['violation']}>
            <b>✕ {text.split(' ')[0]}</b> {text.slice(text.indexOf(' ') + 1)}
          </p>
        ))}
        <Facts
          rows={[
            ['pos', length > 0n && op.inode !== 0 && <Offset at={op.from} blockSize={blockSize} />],
            ['count', length > 0n && sayBytes(length)],
            ['asked by', askers[op.asker]],
            ['process', sayProcess(op)],
            ['known', op.how !== How.unknown && sayHow(op.how)],
            ['begun', sayMoment(op.begin, origin, 1000n)],
            ...requestTimes(op),
            ['answered', op.reply === U64_MAX || isWatched(op) ? undefined : `${sayDuration(op.reply - op.begin)} after it began`],
            ['ended', sayEnd(op.end, op.begin, op.state)],
            [
              'result',
              op.errno !== 0
                ? errnoName(op.errno)
                : op.end === U64_MAX || op.type === OpType.fault
                  ? undefined
                  : op.length > 0n
                    ? `${sayBytes(op.result)} done`
                    : undefined,
            ],
            ['used since', it.readIn && `${sayBytes(it.readIn.used)} of ${sayBytes(it.readIn.bytes)} read in`],
            [
              'iomap_end',
              op.type === OpType.iomap && op.end !== U64_MAX && ((op.endFlags & EndFlag.sent) !== 0 ? 'sent' : 'not sent: nothing to tell'),
            ],
            ['map', op.type === OpType.iomap && mapMeanwhile(op)],
          ]}
        />
        <Meanings words={flags} />
      </Card>
      {it.ioend && <IoendCards ioend={it.ioend} />}
      {it.faults.length > 0 && <FaultCard faults={it.faults} current={op.op} pageSize={detail.pageSize} />}
      {op.mappings.map((mapping, k) => (
        <MappingCard
          key={`${mapping.role} ${k}`}
          mapping={mapping}
          detail={detail}
          isActedUpon={mapping === actedUpon(op.mappings) && op.mappings.length > 1}
        />
      ))}
      {parent && !tried.has(parent.op) && (
        <Card title="Part of">
          <OpList ops={[parent]} of={1} />
        </Card>
      )}
      {caused.length > 0 && (
        <Card title="What it caused">
          <OpList ops={caused} of={childCount - (children.length - caused.length)} />
        </Card>
      )}
      {ios.length > 0 && (
        <Card title="Device I/O">
          <ul className={styles['plain']}>
            {ios.map((io) => (
              <li key={io.op}>
                {io.write ? 'wrote' : 'read'} {sayBytes(io.length)}
                {io.addr !== NO_ADDR && (
                  <>
                    {' '}
                    at <Offset at={io.addr} blockSize={blockSize} />
                  </>
                )}
                {io.done !== U64_MAX && `, ${sayDuration(io.done - io.submit)}`}
                {io.errno !== 0 && `, ${errnoName(io.errno)}`}
              </li>
            ))}
          </ul>
        </Card>
      )}
      {messages.length > 0 && (
        <Card title="As bytes">
          <Messages messages={messages} />
        </Card>
      )}
    </>
  );
}

const askers: Readonly<Record<number, string>> = { 1: 'the kernel', 2: 'our engine, since this kernel has no such upcall', 3: 'mapscope' };

function sayEnd(end: bigint, begin: bigint, state: number): string {
  if (end !== U64_MAX) return `${sayDuration(end - begin)} after it began`;
  if ((state & OpState.neverEnded) !== 0) return 'never seen';
  return (state & OpState.endInDoubt) !== 0 ? 'not seen: rows were lost meanwhile' : 'still open';
}

function MappingCard({
  mapping,
  detail,
  isActedUpon,
}: {
  readonly mapping: Mapping;
  readonly detail: Detail;
  readonly isActedUpon: boolean;
}) {
  const move = useMove(),
    words = mappingWords(mapping.type, mapping.flags),
    device = detail.devices.find(({ device }) => device === mapping.device);
  return (
    <Card title={`${sayRole(mapping.role)}${isActedUpon ? ', acted upon' : ''}`}>
      {words.map(([name]) => (
        <Tag key={name} name={name} tone={toneOfWord(name)} />
      ))}
      <Facts
        rows={[
          ['file', <Offset key="at" at={mapping.from} blockSize={detail.blockSize} />],
          // Nothing is said to the end of all files.
          [
            'length',
            isNothing(mapping.type) && mapping.to - mapping.from >= 1n << 62n ? 'to the end' : sayBytes(mapping.to - mapping.from),
          ],
          ['device', mapping.addr === NO_ADDR ? undefined : <Offset key="at" at={mapping.addr} blockSize={detail.blockSize} />],
          ['on', device && shortPath(device.path)],
          ['known', mapping.how !== How.unknown && sayHow(mapping.how)],
        ]}
      />
      <Meanings words={words} />
      {detail.inode !== 0 && mapping.to > mapping.from && (
        <button className={styles['link']} onClick={() => move(moves.showRange(mapping.from, mapping.to))}>
          Show this range
        </button>
      )}
    </Card>
  );
}

/** What became of the map that an iomap op was told, before it ended. Ops of other types are there to change it, or ask nothing about it. */
const mapMeanwhile = ({ endFlags, state }: OpDetail['op']): string | false =>
  (endFlags & EndFlag.stale) !== 0 || (state & OpState.mapChanged) !== 0
    ? 'changed between begin and end'
    : (state & OpState.mapInDoubt) !== 0 && 'may have changed between begin and end: rows were lost';

/** The last two parts of a path say which device it is. */
export const shortPath = (path: string): string => path.split('/').slice(-2).join('/');
