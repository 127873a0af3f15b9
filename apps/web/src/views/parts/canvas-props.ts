import type { View } from '../../draw/index.ts';
import type { Target } from '../../feed/target.ts';
import type { State } from '../../store/index.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A drag under way: where it began, where it is, how far since the last call; `isOver` with the last one. */
export interface Drag {
  readonly start: Point;
  readonly at: Point;
  readonly dx: number;
  readonly isOver: boolean;
}

/** What a canvas tells of the pointer: pixels of the canvas, and the scene that was drawn last. */
export interface Gestures<Scene> {
  /** `at` undefined: it left. `page`: pixels of the page, for what floats. */
  readonly onPoint?: (scene: Scene, at: Point | undefined, page: Point) => void;
  readonly onClick?: (scene: Scene, at: Point) => void;
  readonly onDouble?: (scene: Scene, at: Point) => void;
  readonly onDrag?: (scene: Scene, drag: Drag) => void;
  /** `zoom` > 1 closer, `pan` pixels to the right. */
  readonly onWheel?: (scene: Scene, at: Point, wheel: { readonly zoom: number; readonly pan: number }) => void;
}

export interface CanvasProps<Input extends object, Scene, Hit> {
  readonly view: View<Input, Scene, Hit, Target>;
  /** What to lay out; undefined: nothing, the canvas is cleared. Compared by its values: the same input is not drawn again. */
  readonly input: (
    state: State,
    pointer: Point | undefined,
    size: { readonly width: number; readonly height: number },
  ) => Input | undefined;
  readonly lit: (state: State) => Target | undefined;
  readonly gestures?: Gestures<Scene>;
  readonly onScene?: (scene: Scene) => void;
  /** True: something in the scene moves by itself, draw the next frame too. */
  readonly isMoving?: (scene: Scene) => boolean;
  readonly isPanning?: boolean;
}
