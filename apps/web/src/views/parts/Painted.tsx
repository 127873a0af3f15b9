import { useEffect, useRef } from 'react';
import type { Palette, Pen } from '../../draw/index.ts';
import { useScope } from '../scope.ts';

export interface PaintedProps {
  /** CSS pixels; undefined: as wide as its style makes it. */
  readonly width?: number;
  /** CSS pixels. */
  readonly height: number;
  readonly paint: (pen: Pen, palette: Palette, width: number) => void;
  readonly className: string | undefined;
}

/** A small picture beside words that say the same: painted again when `paint` or the theme is another. */
export function Painted({ width, height, paint, className }: PaintedProps) {
  const canvas = useRef<HTMLCanvasElement>(null),
    { palettes } = useScope();
  useEffect(() => {
    const again = (): void => {
      const element = canvas.current,
        pen = element?.getContext('2d');
      if (!element || !pen) return;
      const wide = width ?? element.clientWidth;
      element.width = Math.round(wide * devicePixelRatio);
      element.height = Math.round(height * devicePixelRatio);
      pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
      paint(pen, palettes.get(), wide);
    };
    again();
    return palettes.subscribe(again);
  }, [width, height, paint, palettes]);
  return <canvas ref={canvas} className={className} aria-hidden="true" />;
}
