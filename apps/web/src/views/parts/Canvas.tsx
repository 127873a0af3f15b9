import { type PointerEvent, useEffect, useRef } from 'react';
import { onFrame, type Pen, type View } from '../../draw/index.ts';
import type { Target } from '../../feed/target.ts';
import type { State } from '../../store/index.ts';
import { isSame, useScope } from '../scope.ts';
import styles from './Canvas.module.css';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What a canvas tells of the pointer: pixels of the canvas, and the scene that was drawn last. */
export interface Gestures<Scene> {
  /** `undefined`: it left. */
  onPoint?(scene: Scene, at: Point | undefined, page: Point): void;
  onClick?(scene: Scene, at: Point): void;
  onDouble?(scene: Scene, at: Point): void;
  /** A drag under way: from where it began, since the last call, where it is; `isOver` with the last one. */
  onDrag?(scene: Scene, drag: { readonly start: Point; readonly at: Point; readonly dx: number; readonly isOver: boolean }): void;
  /** Wheel: `zoom` > 1 closer, `pan` pixels to the right. */
  onWheel?(scene: Scene, at: Point, wheel: { readonly zoom: number; readonly pan: number }): void;
}

export interface CanvasProps<Input extends object, Scene, Hit> {
  readonly view: View<Input, Scene, Hit, Target>;
  /** What to lay out; undefined: nothing, the canvas is cleared. Compared by its values: the same input is not drawn again. */
  input(state: State, pointer: Point | undefined, size: { readonly width: number; readonly height: number }): Input | undefined;
  lit(state: State): Target | undefined;
  readonly gestures?: Gestures<Scene>;
  onScene?(scene: Scene): void;
  /** True: something in the scene moves by itself, draw the next frame too. */
  isMoving?(scene: Scene): boolean;
  readonly isPanning?: boolean;
}

/** Below this a press is a click. */
const CLICK_PX = 3;

/** Puts a view on a canvas: lays out and draws once a frame when its input changed, outside of React. */
export function Canvas<Input extends object, Scene, Hit>(props: CanvasProps<Input, Scene, Hit>) {
  const canvas = useRef<HTMLCanvasElement>(null),
    latest = useRef(props),
    scene = useRef<Scene>(undefined),
    pointer = useRef<Point>(undefined),
    ask = useRef<() => void>(() => undefined);
  const { store, busy, palettes } = useScope();
  latest.current = props;

  useEffect(() => {
    const element = canvas.current!,
      pen = element.getContext('2d')!;
    let before: { readonly input: unknown; readonly lit: unknown; readonly size: string; readonly palette: unknown } | undefined,
      endBusy: (() => void) | undefined;
    const paint = (): void => {
      const { view, input, lit, onScene, isMoving } = latest.current,
        state = store.get(),
        palette = palettes.get(),
        { clientWidth: width, clientHeight: height } = element;
      const now = {
        input: input(state, pointer.current, { width, height }),
        lit: lit(state),
        size: `${width} ${height} ${devicePixelRatio}`,
        palette,
      };
      const isOld =
        before && isSame(before.input, now.input) && before.lit === now.lit && before.size === now.size && before.palette === palette;
      if (!isOld && width > 0 && height > 0) {
        before = now;
        clear(element, pen, width, height);
        scene.current = now.input && view.layout(now.input, width, height);
        if (scene.current !== undefined) {
          view.draw(pen as Pen, scene.current, palette, now.lit);
          onScene?.(scene.current);
        }
      }
      endBusy?.();
      endBusy = undefined;
      if (scene.current !== undefined && isMoving?.(scene.current)) frame.ask();
    };
    const frame = onFrame(paint, requestAnimationFrame, cancelAnimationFrame);
    const want = (): void => {
      endBusy ??= busy.begin(`drawing ${latest.current.view.name}`);
      frame.ask();
    };
    ask.current = want;
    const size = new ResizeObserver(want);
    size.observe(element);
    const stops = [store.subscribe(want), palettes.subscribe(want), () => size.disconnect(), () => frame.stop(), () => endBusy?.()];
    // React listens to wheels passively: zooming must keep the page where it is.
    const onWheel = (event: WheelEvent): void => {
      if (!latest.current.gestures?.onWheel || scene.current === undefined) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1,
        isPan = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      latest.current.gestures.onWheel(scene.current, pointOf(element, event), {
        zoom: isPan ? 1 : Math.exp((-event.deltaY * lines) / 300),
        pan: isPan ? -(event.deltaX || event.deltaY) * lines : 0,
      });
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    want();
    return () => {
      element.removeEventListener('wheel', onWheel);
      for (const stop of stops) stop();
    };
  }, [store, busy, palettes]);

  const drag = useRef<{ readonly start: Point; last: Point; isMoved: boolean }>(undefined);
  const withScene = (act: (scene: Scene, gestures: Gestures<Scene>) => void): void => {
    if (scene.current !== undefined && props.gestures) act(scene.current, props.gestures);
  };
  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>): void => {
    const at = pointOf(event.currentTarget, event);
    pointer.current = at;
    const held = drag.current;
    if (held) {
      if (!held.isMoved && Math.hypot(at.x - held.start.x, at.y - held.start.y) < CLICK_PX) return;
      held.isMoved = true;
      const dx = at.x - held.last.x;
      held.last = at;
      withScene((it, gestures) => gestures.onDrag?.(it, { start: held.start, at, dx, isOver: false }));
    } else withScene((it, gestures) => gestures.onPoint?.(it, at, { x: event.clientX, y: event.clientY }));
    ask.current();
  };
  const onPointerUp = (event: PointerEvent<HTMLCanvasElement>): void => {
    const held = drag.current,
      at = pointOf(event.currentTarget, event);
    drag.current = undefined;
    if (!held) return;
    withScene((it, gestures) =>
      held.isMoved ? gestures.onDrag?.(it, { start: held.start, at, dx: 0, isOver: true }) : gestures.onClick?.(it, at),
    );
  };
  return (
    <canvas
      ref={canvas}
      className={styles['canvas']}
      data-panning={props.isPanning}
      aria-hidden="true"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = pointOf(event.currentTarget, event);
        drag.current = { start: at, last: at, isMoved: false };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => (drag.current = undefined)}
      onPointerLeave={(event) => withScene((it, gestures) => gestures.onPoint?.(it, undefined, { x: event.clientX, y: event.clientY }))}
      onDoubleClick={(event) => {
        const at = pointOf(event.currentTarget, event);
        withScene((it, gestures) => gestures.onDouble?.(it, at));
      }}
    />
  );
}

/** Screen pixels of one of ours: on a very large screen the page is enlarged. */
const zoomOf = (element: HTMLElement): number => element.getBoundingClientRect().width / Math.max(1, element.clientWidth) || 1;

function pointOf(element: HTMLElement, event: { readonly clientX: number; readonly clientY: number }): Point {
  const box = element.getBoundingClientRect(),
    zoom = zoomOf(element);
  return { x: (event.clientX - box.left) / zoom, y: (event.clientY - box.top) / zoom };
}

/** One canvas pixel a device pixel: text stays sharp on a 4K screen. */
function clear(element: HTMLCanvasElement, pen: CanvasRenderingContext2D, width: number, height: number): void {
  const scale = devicePixelRatio * zoomOf(element),
    w = Math.round(width * scale),
    h = Math.round(height * scale);
  if (element.width !== w) element.width = w;
  if (element.height !== h) element.height = h;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
}
