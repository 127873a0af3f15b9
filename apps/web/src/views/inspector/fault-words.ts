import { type Fault, OpState } from '@mapscope/shared/model';
import { vmFaultFlags } from '@mapscope/shared/wire';
import { sayBytes } from '../../axis/index.ts';
import { bitWords } from './type-words.ts';

/** Bytes of an entry of a page table. */
const ENTRY = 8;

/** `2 MiB, order 9, PMD`: how large a page was tried. `pageSize`: of the machine, bytes; a table is one page of entries, so a level up maps so many times more. */
export function sayOrder(order: number, pageSize: number): string {
  const table = Math.log2(pageSize / ENTRY),
    level = order === 0 ? 'PTE' : order === table ? 'PMD' : order === 2 * table ? 'PUD' : undefined;
  return [sayBytes(BigInt(pageSize) << BigInt(order)), `order ${order}`, ...(level ? [level] : [])].join(', ');
}

/** What came of it: `fell back`, `done`, `failed`, `still open`. */
export function sayOutcome({ op, fellBack }: Fault): string {
  if (fellBack) return 'fell back';
  if ((op.state & OpState.ended) === 0) return (op.state & OpState.neverEnded) === 0 ? 'still open' : 'end not seen';
  return op.errno === 0 ? 'done' : 'failed';
}

/** VM_FAULT bits of all that was tried, each once, with a sentence. */
export const resultWords = (faults: readonly Pick<Fault, 'result'>[]): readonly (readonly [name: string, meaning: string])[] =>
  bitWords(
    vmFaultFlags,
    faults.reduce((bits, { result }) => bits | result, 0),
  );
