import { type PointerEvent, useEffect, useLayoutEffect, useRef } from 'react';
import { useScope } from '../scope.ts';
import type { CanvasProps, Gestures, Point } from './canvas-props.ts';
import styles from './Canvas.module.css';
import { Painter, pointOf } from './painter.ts';

/** Below this a press is a click, pixels. */
const CLICK_PX = 3;

/** Puts a view on a canvas. React only places it: it is drawn when the store changes, outside of React. */
export function Canvas<Input extends object, Scene, Hit>(props: CanvasProps<Input, Scene, Hit>) {
  const canvas = useRef<HTMLCanvasElement>(null),
    painter = useRef<Painter<Input, Scene, Hit>>(undefined),
    held = useRef<{ readonly start: Point; last: Point; isMoved: boolean }>(undefined),
    first = useRef(props),
    scope = useScope();

  useEffect(() => {
    const element = canvas.current!,
      it = new Painter(element, scope, first.current);
    painter.current = it;
    // React listens to wheels passively: zooming must keep the page where it is.
    const onWheel = (event: WheelEvent): void => wheel(it, element, event);
    element.addEventListener('wheel', onWheel, { passive: false });
    const stop = it.start();
    return () => {
      element.removeEventListener('wheel', onWheel);
      stop();
    };
  }, [scope]);

  useLayoutEffect(() => {
    first.current = props;
    if (painter.current) painter.current.props = props;
  }, [props]);

  const tell = (act: (scene: Scene, gestures: Gestures<Scene>) => void): void => {
    const scene = painter.current?.scene;
    if (scene !== undefined && props.gestures) act(scene, props.gestures);
  };
  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>): void => {
    const at = pointOf(event.currentTarget, event),
      drag = held.current;
    const page = { x: event.clientX, y: event.clientY };
    if (painter.current) {
      painter.current.pointer = at;
      painter.current.rest = drag ? undefined : { at, page };
    }
    if (!drag) tell((scene, gestures) => gestures.onPoint?.(scene, at, page));
    else if (drag.isMoved || Math.hypot(at.x - drag.start.x, at.y - drag.start.y) >= CLICK_PX) {
      const dx = at.x - drag.last.x;
      drag.isMoved = true;
      drag.last = at;
      tell((scene, gestures) => gestures.onDrag?.(scene, { start: drag.start, at, dx, isOver: false }));
    }
    painter.current?.ask();
  };
  const onPointerUp = (event: PointerEvent<HTMLCanvasElement>): void => {
    const drag = held.current,
      at = pointOf(event.currentTarget, event);
    held.current = undefined;
    if (drag?.isMoved) tell((scene, gestures) => gestures.onDrag?.(scene, { start: drag.start, at, dx: 0, isOver: true }));
    else if (drag) tell((scene, gestures) => gestures.onClick?.(scene, at));
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
        held.current = { start: at, last: at, isMoved: false };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => (held.current = undefined)}
      onPointerLeave={(event) => {
        if (painter.current) painter.current.rest = undefined;
        tell((scene, gestures) => gestures.onPoint?.(scene, undefined, { x: event.clientX, y: event.clientY }));
      }}
      onDoubleClick={(event) => {
        const at = pointOf(event.currentTarget, event);
        tell((scene, gestures) => gestures.onDouble?.(scene, at));
      }}
    />
  );
}

/** Pixels of a wheel that reports lines, and pixels that zoom by e. */
const LINE_PX = 16,
  ZOOM_PX = 300;

function wheel<Input extends object, Scene, Hit>(
  { props, scene }: Painter<Input, Scene, Hit>,
  element: HTMLElement,
  event: WheelEvent,
): void {
  const onWheel = props.gestures?.onWheel;
  if (!onWheel || scene === undefined) return;
  event.preventDefault();
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1,
    isPan = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
  onWheel(scene, pointOf(element, event), {
    zoom: isPan ? 1 : Math.exp((-event.deltaY * unit) / ZOOM_PX),
    pan: isPan ? -(event.deltaX || event.deltaY) * unit : 0,
  });
}
