import { useEffect, useRef } from 'react';
import { fillPiece, isDirtyState, type Palette, type Pen } from '../../draw/index.ts';
import type { FileSummary } from '../../feed/window.ts';
import { useScope } from '../scope.ts';
import styles from './MiniBar.module.css';
import { barOf, type MiniBarPart } from './mini-bar.ts';

const HEIGHT = 6,
  DIRT = 3;

/** A file's whole map in nine pixels: extents, and below them what is dirty or going out. */
export function MiniBar({ file }: { readonly file: FileSummary }) {
  const canvas = useRef<HTMLCanvasElement>(null),
    { palettes } = useScope();
  useEffect(() => {
    const paint = (): void => {
      const element = canvas.current,
        pen = element?.getContext('2d');
      if (!element || !pen) return;
      const width = element.clientWidth;
      element.width = Math.round(width * devicePixelRatio);
      element.height = Math.round((HEIGHT + DIRT) * devicePixelRatio);
      pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
      drawBar(pen, barOf(file, width), palettes.get());
    };
    paint();
    return palettes.subscribe(paint);
  }, [file, palettes]);
  return <canvas ref={canvas} className={styles['bar']} aria-hidden="true" />;
}

function drawBar(pen: Pen, parts: readonly MiniBarPart[], palette: Palette): void {
  for (const part of parts)
    if (part.of === 'map') fillPiece(pen, part.type, part.flags, part.x, 0, part.w, HEIGHT, palette);
    else {
      pen.fillStyle = isDirtyState(part.state) ? palette.dirty : palette.writeback;
      pen.fillRect(part.x, HEIGHT, part.w, DIRT);
    }
}
