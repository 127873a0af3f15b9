import type { ShownDifference, ShownJudgement, ShownMap, ShownVerified } from '../verify/index.ts';
import { grid, type GridColumn } from './grid.ts';
import type { Voice } from './voice.ts';

const columns: readonly GridColumn[] = [
  { head: 'offset', isNumber: true },
  { head: 'length', isNumber: true },
  { head: 'of' },
  { head: 'model' },
  { head: 'kernel' },
];

/** Differences that are printed; the rest are counted. */
const MOST = 40;

const verdicts: Readonly<Record<ShownVerified['verdict'], string>> = {
  same: 'same',
  differs: 'differs',
  busy: 'busy',
  'knows-too-little': 'knows too little',
};

/** What `verify` prints of a file for people. */
export function verifyTable(shown: ShownVerified, voice: Pick<Voice, 'bold' | 'faint'>): readonly string[] {
  const { file, verdict, size, tries, model, known, share, differences = [], excused = [], synced } = shown;
  const told =
    model.pid === null
      ? `a recording of ${model.events} rows`
      : `the model of process ${model.pid}, ${model.events} rows of events, ${model.refreshes} of refreshes`;
  return [
    `${voice.bold(file)}  ${verdicts[verdict]}: ${size} bytes, ${told}`,
    ...(verdict === 'busy' ? [`Something happened to it during each of ${tries} looks: try again when it rests.`] : []),
    ...(known && share !== undefined ? knownLines({ known, share }) : []),
    ...rows(differences, voice),
    ...excused.map((it) => `${it.offset}+${it.length}: ${said(it.model)}, by now ${said(it.kernel)}: ${excuse(it.why)}`),
    ...(synced ? ['After it was written back:', ...knownLines(synced), ...comparedLines(synced), ...rows(synced.differences, voice)] : []),
  ];
}

function knownLines({ known: { pages }, share }: Pick<ShownJudgement, 'known' | 'share'>): readonly string[] {
  const percent = `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
  return [`Known of its pages: ${percent}. ${pages.events} from events, ${pages.asked} asked, ${pages.unknown} unknown.`];
}

function comparedLines({ compared: { bytes, blocks } }: Pick<ShownJudgement, 'compared'>): readonly string[] {
  const all = [
    ...(blocks ? ['its blocks with what was written'] : []),
    ...(bytes === '0' ? [] : [`${bytes} bytes with those of the device`]),
  ];
  return all.length === 0 ? [] : [`Of what was dirty ${all.join(', and ')} were compared.`];
}

function rows(differences: readonly ShownDifference[], voice: Pick<Voice, 'faint'>): readonly string[] {
  const left = differences.length - MOST,
    shown = differences.slice(0, MOST).map(({ offset, length, of, model, kernel }) => [offset, length, of, said(model), said(kernel)]);
  return [...grid(columns, shown, voice), ...(left > 0 ? [`And ${left} more.`] : [])];
}

function said(it: ShownMap | string | null): string {
  if (it === null) return 'nothing';
  if (typeof it === 'string') return it;
  return [it.type, ...(it.addr === null ? [] : [`at ${it.addr} of ${it.device ?? 'an unknown device'}`]), ...it.flags].join(' ');
}

const excuse = (why: string | undefined): string =>
  why === 'trimmed' ? 'past the end it may be trimmed' : 'another file may have given up what they shared';
