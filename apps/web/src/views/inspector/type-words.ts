import { type BitSet, extentFlags, MapFlag, mapTypeName, mapTypes } from '@mapscope/shared/wire';
import type { Tone } from './Facts.tsx';

/** Each bit that is set by its name, with one sentence; a bit nobody has named as hex. */
export const bitWords = (set: BitSet, value: number): readonly (readonly [name: string, meaning: string])[] =>
  set.names(value).map((name) => [name, set.bits.find(([known]) => known === name)?.[2] ?? 'a bit without a name']);

/** Type and flags of a mapping, each with its sentence. */
export const mappingWords = (type: number, flags: number): readonly (readonly [name: string, meaning: string])[] => [
  [mapTypeName(type), mapTypes.find(([, value]) => value === type)?.[2] ?? 'a type without a name'],
  ...bitWords(extentFlags, flags),
];

export function toneOfWord(name: string): Tone {
  if (name === 'SHARED') return 'shared';
  if (name === 'MAPPED' || name === 'UNWRITTEN' || name === 'PURE_OVERWRITE') return 'mapped';
  return name === 'DELALLOC' || name === 'NEW' ? 'delalloc' : 'quiet';
}

export const isShared = (flags: number): boolean => (flags & MapFlag.SHARED) !== 0;
