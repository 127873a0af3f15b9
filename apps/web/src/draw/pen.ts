/** What views need of a canvas context: a test passes a recorder. */
export type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/**
 * Fills a box with lines every `step` px: horizontal at 0°, rising at 45°. Cut at the box; their phase is the picture's, so that
 * neighbours join.
 */
export function hatch(pen: Pen, x: number, y: number, w: number, h: number, step: number, angle: 0 | 45, colour: string, width = 1): void {
  if (w <= 0 || h <= 0) return;
  if (angle === 0) {
    // Cheap, since there may be ten thousand of them.
    pen.fillStyle = colour;
    for (let line = Math.ceil(y / step) * step; line < y + h; line += step) pen.fillRect(x, line, w, width);
    return;
  }
  pen.save();
  pen.beginPath();
  pen.rect(x, y, w, h);
  pen.clip();
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  // Lines x + y = k: the same k everywhere, whatever box cuts them.
  for (let k = Math.floor((x + y) / step) * step; k <= x + w + y + h; k += step) {
    pen.moveTo(k - y, y);
    pen.lineTo(k - y - h, y + h);
  }
  pen.stroke();
  pen.restore();
}

/** Dots on a 5 px grid: slack, unknown. */
export function dots(pen: Pen, x: number, y: number, w: number, h: number, colour: string): void {
  pen.fillStyle = colour;
  for (let row = Math.ceil(y / 5) * 5; row < y + h; row += 5)
    for (let column = Math.ceil(x / 5) * 5; column < x + w; column += 5) pen.fillRect(column, row, 1, 1);
}

/** A 1 px frame that lies inside its box, on whole pixels. */
export function frame(pen: Pen, x: number, y: number, w: number, h: number, colour: string, dash: readonly number[] = [], width = 1): void {
  pen.save();
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash([...dash]);
  pen.strokeRect(x + width / 2, y + width / 2, Math.max(0, w - width), Math.max(0, h - width));
  pen.restore();
}

export function rule(
  pen: Pen,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  colour: string,
  width = 1,
  dash: readonly number[] = [],
): void {
  pen.save();
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash([...dash]);
  pen.beginPath();
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y1);
  pen.stroke();
  pen.restore();
}
