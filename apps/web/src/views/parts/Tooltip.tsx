import { useLayoutEffect, useRef } from 'react';
import { usePick } from '../scope.ts';
import styles from './Tooltip.module.css';

const AWAY_PX = 14;

/** What is under the pointer: there at once, gone at once, never under the pointer itself. */
export function Tooltip() {
  const tip = usePick((state) => state.tip),
    box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !tip) return;
    const { offsetWidth: w, offsetHeight: h } = element,
      zoom = element.getBoundingClientRect().width / Math.max(1, w) || 1,
      at = { x: tip.x / zoom, y: tip.y / zoom };
    const x = at.x + AWAY_PX + w > innerWidth / zoom ? at.x - AWAY_PX - w : at.x + AWAY_PX,
      y = at.y + AWAY_PX + h > innerHeight / zoom ? at.y - AWAY_PX - h : at.y + AWAY_PX;
    element.style.transform = `translate(${Math.max(4, x)}px, ${Math.max(4, y)}px)`;
  }, [tip]);
  if (!tip) return null;
  const [head, ...lines] = tip.lines;
  return (
    <div ref={box} className={styles['tip']} role="tooltip">
      <b>{head}</b>
      {lines.map((line) => (
        <div key={line} className={styles['line']}>
          {line}
        </div>
      ))}
    </div>
  );
}
