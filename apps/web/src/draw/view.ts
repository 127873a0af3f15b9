import type { Palette } from './palette.ts';
import type { Pen } from './pen.ts';

/** A picture in three steps: numbers in, numbers out; the only lines that touch pixels; and what is under a point. */
export interface View<Input, Scene, Hit, Lit = Hit> {
  readonly name: string;
  /** Pure. `width` and `height` in CSS pixels. */
  readonly layout: (input: Input, width: number, height: number) => Scene;
  readonly draw: (pen: Pen, scene: Scene, palette: Palette, lit: Lit | undefined) => void;
  /** Asks the scene, never the model; the thing drawn last is on top. */
  readonly hit: (scene: Scene, x: number, y: number) => Hit | undefined;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export const isInside = (box: Box, x: number, y: number): boolean => x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h;

/** A view along a file: where its axis lies on a canvas of this width, in pixels. Zoom and pan count from `left`. */
export interface FileView<Input, Scene, Hit, Lit = Hit> extends View<Input, Scene, Hit, Lit> {
  lane(width: number): { readonly left: number; readonly width: number };
}
