import { useCallback } from 'react';
import { fillPiece, isDirtyState, type Palette, type Pen } from '../../draw/index.ts';
import type { FileSummary } from '../../feed/window.ts';
import { Painted } from '../parts/Painted.tsx';
import styles from './MiniBar.module.css';
import { barOf, type MiniBarPart } from './mini-bar.ts';

const HEIGHT = 6,
  DIRT = 3;

/** A file's whole map in nine pixels: extents, and below them what is dirty or going out. */
export function MiniBar({ file }: { readonly file: FileSummary }) {
  const paint = useCallback((pen: Pen, palette: Palette, width: number) => drawBar(pen, barOf(file, width), palette), [file]);
  return <Painted height={HEIGHT + DIRT} paint={paint} className={styles['bar']} />;
}

function drawBar(pen: Pen, parts: readonly MiniBarPart[], palette: Palette): void {
  for (const part of parts)
    if (part.of === 'map') fillPiece(pen, part.type, part.flags, part.x, 0, part.w, HEIGHT, palette);
    else {
      pen.fillStyle = isDirtyState(part.state) ? palette.dirty : palette.writeback;
      pen.fillRect(part.x, HEIGHT, part.w, DIRT);
    }
}
