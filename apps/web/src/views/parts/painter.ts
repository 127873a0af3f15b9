import { onFrame, type Pen } from '../../draw/index.ts';
import { isSame, type Scope } from '../scope.ts';
import type { CanvasProps, Point } from './canvas-props.ts';

/** Lays a view out and draws it, at most once a frame and only when its input is another. */
export class Painter<Input extends object, Scene, Hit> {
  props: CanvasProps<Input, Scene, Hit>;
  /** What was drawn last. */
  scene: Scene | undefined;
  pointer: Point | undefined;
  /** Where the pointer rests: what is under it may change without it. */
  rest: { readonly at: Point; readonly page: Point } | undefined;
  private readonly element: HTMLCanvasElement;
  private readonly pen: CanvasRenderingContext2D;
  private readonly scope: Scope;
  private readonly frame = onFrame(
    () => this.paint(),
    (callback) => requestAnimationFrame(callback),
    (id) => cancelAnimationFrame(id),
  );
  private drawn: { readonly input: unknown; readonly lit: unknown; readonly size: string; readonly palette: unknown } | undefined;
  private endBusy: (() => void) | undefined;

  constructor(element: HTMLCanvasElement, scope: Scope, props: CanvasProps<Input, Scene, Hit>) {
    this.element = element;
    this.pen = element.getContext('2d')!;
    this.scope = scope;
    this.props = props;
  }

  /** Answers what ends it. */
  start(): () => void {
    const ask = (): void => this.ask(),
      { store, palettes } = this.scope,
      size = new ResizeObserver(ask);
    size.observe(this.element);
    const stops = [store.subscribe(ask), palettes.subscribe(ask), () => size.disconnect(), () => this.frame.stop(), () => this.endBusy?.()];
    ask();
    return () => {
      for (const stop of stops) stop();
    };
  }

  ask(): void {
    this.endBusy ??= this.scope.busy.begin(`drawing ${this.props.view.name}`);
    this.frame.ask();
  }

  private paint(): void {
    const { props, element, pen } = this,
      state = this.scope.store.get(),
      palette = this.scope.palettes.get(),
      { clientWidth: width, clientHeight: height } = element;
    const now = {
      input: props.input(state, this.pointer, { width, height }),
      lit: props.lit(state),
      size: `${width} ${height} ${pixelsOf(element)}`,
      palette,
    };
    const before = this.drawn,
      isOld =
        before !== undefined &&
        before.lit === now.lit &&
        before.size === now.size &&
        before.palette === palette &&
        isSame(before.input, now.input);
    if (!isOld && width > 0 && height > 0) {
      this.drawn = now;
      clear(element, pen, width, height);
      this.scene = now.input && props.view.layout(now.input, width, height);
      if (this.scene !== undefined) {
        props.view.draw(pen as Pen, this.scene, palette, now.lit);
        props.onScene?.(this.scene);
        if (this.rest) props.gestures?.onPoint?.(this.scene, this.rest.at, this.rest.page);
      }
    }
    this.endBusy?.();
    this.endBusy = undefined;
    if (this.scene !== undefined && props.isMoving?.(this.scene)) this.frame.ask();
  }
}

/** Screen pixels of one of ours: on a very large screen the page is enlarged. */
const zoomOf = (element: HTMLElement): number => element.getBoundingClientRect().width / Math.max(1, element.clientWidth) || 1;

/** Device pixels of one of ours. */
const pixelsOf = (element: HTMLElement): number => devicePixelRatio * zoomOf(element);

export function pointOf(element: HTMLElement, event: { readonly clientX: number; readonly clientY: number }): Point {
  const box = element.getBoundingClientRect(),
    zoom = zoomOf(element);
  return { x: (event.clientX - box.left) / zoom, y: (event.clientY - box.top) / zoom };
}

/** One canvas pixel a device pixel: text stays sharp on every screen. */
function clear(element: HTMLCanvasElement, pen: CanvasRenderingContext2D, width: number, height: number): void {
  const scale = pixelsOf(element),
    w = Math.round(width * scale),
    h = Math.round(height * scale);
  if (element.width !== w) element.width = w;
  if (element.height !== h) element.height = h;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
}
