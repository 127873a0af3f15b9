import { FolioState, How, MapType } from '@mapscope/shared/trace';
import { ExtentFlag, MapFlag } from '@mapscope/shared/wire';
import { dots, fillFolio, fillPiece, hatch, type Palette, type Pen } from '../../draw/index.ts';
import { Painted } from '../parts/Painted.tsx';
import { drawRails } from '../rails.ts';
import styles from './MapLegend.module.css';

const W = 18,
  H = 11;
type Sample = (pen: Pen, palette: Palette) => void;

const piece =
  (type: number, flags = 0): Sample =>
  (pen, palette) =>
    fillPiece(pen, type, flags, 0, 0, W, H, palette);
const folio =
  (state: number): Sample =>
  (pen, palette) =>
    fillFolio(pen, state, 0, 0, W, H, palette);
const rail =
  (how: number): Sample =>
  (pen, palette) =>
    drawRails(pen, [{ x0: -0.5, x1: W + 0.5, how }], H / 2, palette);

/** Drawn by the same hands as the pictures: a legend that lies is worse than none. */
const groups: readonly (readonly [title: string, entries: readonly (readonly [words: string, sample: Sample])[]])[] = [
  [
    'Map',
    [
      ['Mapped', piece(MapType.MAPPED)],
      ['Unwritten', piece(MapType.UNWRITTEN)],
      ['Delalloc', piece(MapType.DELALLOC)],
      ['Hole', piece(MapType.HOLE)],
      ['Shared', piece(MapType.MAPPED, MapFlag.SHARED)],
      ['Shared?', piece(MapType.MAPPED, ExtentFlag.SHARING_UNKNOWN)],
      ['Inline', piece(MapType.INLINE)],
    ],
  ],
  [
    'Page cache',
    [
      ['Clean', folio(FolioState.clean)],
      ['Dirty', folio(FolioState.dirty)],
      ['Writeback', folio(FolioState.writeback)],
      ['With folio', folio(FolioState.folioDirty)],
      ['Failed', folio(FolioState.failed)],
      ['Unknown', folio(FolioState.unknown)],
    ],
  ],
  [
    'Known',
    [
      ['Reported', rail(How.reported)],
      ['Observed', rail(How.observed)],
      ['Derived', rail(How.derived)],
      ['Not known', (pen, palette) => dots(pen, 0, 0, W, H, palette.ink3)],
      ['Lost time', (pen, palette) => hatch(pen, 0, 0, W, H, 5, 45, palette.lost, 1.5)],
    ],
  ],
];

export const MapLegend = () => (
  <div className={styles['legend']} role="group" aria-label="Legend">
    {groups.map(([title, entries]) => (
      <div key={title} className={styles['group']}>
        <h3>{title}</h3>
        {entries.map(([words, sample]) => (
          <div key={words} className={styles['entry']}>
            <Painted width={W} height={H} paint={sample} className={styles['swatch']} />
            {words}
          </div>
        ))}
      </div>
    ))}
  </div>
);
