import { parseU64 } from '@mapscope/shared/units';
import type { Target } from '../feed/target.ts';
import { type Choice, first, notations, tabs, themes } from './state.ts';

/*
 * What is on screen, as the query of the address. Only what is not as it is at first is written, so that a fresh page has a plain
 * address. A token is never written, and one that is there is not kept: the whole query is made anew.
 *
 *   ?tab=folios&file=a.db&inode=3&at=4194304&bytes=65536&sel=extent:data:4194304-4198400&span=2000000000&end=…&t=…&o=hex&theme=dark
 */
const sorts = ['name', 'size', 'pieces', 'dirty'] as const;

export function toQuery(choice: Choice): string {
  const query = new Map<string, string>();
  const put = (name: string, value: string | undefined): void => void (value !== undefined && query.set(name, value));
  if (choice.tab !== first.tab) put('tab', choice.tab);
  if (choice.path !== '') put('file', choice.path);
  if (choice.inode !== 0) put('inode', `${choice.inode}`);
  if (choice.camera) {
    put('at', `${choice.camera.from}`);
    if (choice.camera.fraction > 1e-6) put('fraction', choice.camera.fraction.toPrecision(6));
    put('bytes', `${Number(choice.camera.bytes.toPrecision(12))}`);
  }
  put('sel', choice.selected && sayTarget(choice.selected));
  // A link to a moment shows as much around it as was seen.
  if (choice.isSpanChosen || choice.at !== undefined) put('span', `${choice.timeSpan}`);
  put('end', choice.timeEnd?.toString());
  put('t', choice.at?.toString());
  if (choice.notation !== first.notation) put('o', choice.notation);
  if (choice.theme !== first.theme) put('theme', choice.theme);
  if (choice.sort !== first.sort) put('sort', choice.sort);
  if (choice.filter !== '') put('filter', choice.filter);
  if (choice.isTable) put('table', '1');
  return [...query].map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%3A', ':')}`).join('&');
}

/** Undo `toQuery`. What makes no sense is as if it were not there: an address is typed by people too. `read` as URLSearchParams has it. */
export function fromQuery(read: (name: string) => string | null): Partial<Choice> {
  const oneOf = <T extends string>(name: string, all: readonly T[]): T | undefined => all.find((value) => value === read(name));
  const at = whole(read('at')),
    bytes = Number(read('bytes') ?? Number.NaN),
    fraction = Number(read('fraction') ?? 0);
  const span = whole(read('span')),
    inode = Number(whole(read('inode')) ?? 0n);
  const choice: { -readonly [K in keyof Choice]: Choice[K] | undefined } = {
    tab: oneOf('tab', tabs),
    theme: oneOf('theme', themes),
    notation: oneOf('o', notations),
    inode: inode > 0 && inode <= 0xffff_ffff ? inode : undefined,
    path: read('file') ?? undefined,
    selected: readTarget(read('sel') ?? '', inode),
    camera:
      at !== undefined && bytes > 0 && Number.isFinite(bytes)
        ? { from: at, bytes, fraction: fraction >= 0 && fraction < 1 ? fraction : 0 }
        : undefined,
    timeSpan: span || undefined,
    isSpanChosen: span ? true : undefined,
    timeEnd: whole(read('end')),
    at: whole(read('t')),
    sort: oneOf('sort', sorts),
    filter: read('filter') ?? undefined,
    isTable: read('table') === '1' || undefined,
  };
  return Object.fromEntries(Object.entries(choice).filter(([, value]) => value !== undefined));
}

const whole = (text: string | null): bigint | undefined => (text === null ? undefined : parseU64(text));

function sayTarget(target: Target): string {
  const detail = target.kind === 'extent' ? target.layer : target.kind === 'chunk' ? target.layout : target.kind === 'op' ? target.op : '';
  return `${target.kind}:${detail}:${target.from}-${target.to}`;
}

function readTarget(text: string, inode: number): Target | undefined {
  const parts = /^(extent|folio|chunk|op):(\w*):(\d{1,20})-(\d{1,20})$/.exec(text);
  if (!parts) return undefined;
  const range = { inode, from: BigInt(parts[3]!), to: BigInt(parts[4]!) },
    detail = parts[2]!;
  switch (parts[1]) {
    case 'extent':
      return detail === 'data' || detail === 'pending' ? { kind: 'extent', layer: detail, ...range } : undefined;
    case 'folio':
      return { kind: 'folio', ...range };
    case 'chunk':
      return /^\d{1,5}$/.test(detail) ? { kind: 'chunk', layout: Number(detail), ...range } : undefined;
    default:
      return /^\d{1,10}$/.test(detail) ? { kind: 'op', op: Number(detail), ...range } : undefined;
  }
}
