/** What views need of a canvas context: a test passes a recorder. */
export type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Fills a box with lines every `step` px: horizontal at 0°, rising at 45°, falling at 135°. Clipped to the box; phase is the picture's, so that neighbours join. */
export function hatch(
  pen: Pen,
  x: number,
  y: number,
  w: number,
  h: number,
  step: number,
  angle: 0 | 45 | 135,
  colour: string,
  width = 1,
): void {
  if (w <= 0 || h <= 0) return;
  pen.save();
  pen.beginPath();
  pen.rect(x, y, w, h);
  pen.clip();
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  if (angle === 0)
    for (let line = Math.ceil(y / step) * step; line < y + h; line += step) {
      pen.moveTo(x, line + 0.5);
      pen.lineTo(x + w, line + 0.5);
    }
  else {
    const lean = angle === 45 ? -1 : 1;
    // Lines x - lean*y = k: the same k everywhere, whatever box cuts them.
    const low = Math.min(x - lean * y, x - lean * (y + h)),
      high = Math.max(x + w - lean * y, x + w - lean * (y + h));
    for (let k = Math.floor(low / step) * step; k <= high; k += step) {
      pen.moveTo(k + lean * y, y);
      pen.lineTo(k + lean * (y + h), y + h);
    }
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

export interface TextStyle {
  readonly font: string;
  readonly colour: string;
  readonly align?: CanvasTextAlign;
  /** A paper-coloured rim, so that text over data stays readable. */
  readonly rim?: string;
}

/** Draws text on its middle line; left out when `room` px are not enough. Answers whether it was drawn. */
export function text(pen: Pen, words: string, x: number, y: number, style: TextStyle, room = Number.POSITIVE_INFINITY): boolean {
  pen.font = style.font;
  if (room !== Number.POSITIVE_INFINITY && pen.measureText(words).width > room) return false;
  pen.textAlign = style.align ?? 'left';
  pen.textBaseline = 'middle';
  if (style.rim) {
    pen.strokeStyle = style.rim;
    pen.lineWidth = 3;
    pen.lineJoin = 'round';
    pen.strokeText(words, x, y);
  }
  pen.fillStyle = style.colour;
  pen.fillText(words, x, y);
  return true;
}

/** The outline of a ribbon: top edge [x0, x1] at y0, bottom edge [x2, x3] at y1; sides cubic with both handles at half height, ends straight for 6 %. */
export function ribbonPath(pen: Pen, x0: number, x1: number, y0: number, x2: number, x3: number, y1: number): void {
  pen.beginPath();
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y0);
  side(pen, x1, y0, x3, y1);
  pen.lineTo(x2, y1);
  side(pen, x2, y1, x0, y0);
  pen.closePath();
}

/** One side of a ribbon, from where the pen stands. */
export function side(pen: Pen, fromX: number, fromY: number, toX: number, toY: number): void {
  const straight = (toY - fromY) * 0.06,
    half = (fromY + toY) / 2;
  pen.lineTo(fromX, fromY + straight);
  pen.bezierCurveTo(fromX, half, toX, half, toX, toY - straight);
  pen.lineTo(toX, toY);
}
