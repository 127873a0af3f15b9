import type { Palette, Token } from './palette.ts';
import type { Pen } from './pen.ts';

/** How a piece of text looks. One table, so that the same thing looks the same in every view. */
const roles = {
  lane: { size: 11, colour: 'ink3' },
  small: { size: 10.5, colour: 'ink3' },
  name: { size: 12, weight: 650, colour: 'ink' },
  head: { size: 13, weight: 650, colour: 'ink' },
  body: { size: 12, colour: 'ink2' },
  boldTick: { size: 10.5, weight: 650, colour: 'ink' },
  onData: { size: 11, colour: 'paper' },
  headOnData: { size: 12, weight: 650, colour: 'paper' },
  monoOnData: { size: 10.5, colour: 'paper', isMono: true },
  boldOnData: { size: 10.5, weight: 600, colour: 'paper' },
  onPaper: { size: 11, colour: 'ink2' },
  plate: { size: 11, colour: 'ink2', plate: 'paper' },
  dirty: { size: 11, weight: 600, colour: 'dirty' },
  dirtyHead: { size: 13, weight: 650, colour: 'dirty' },
  dirtyRim: { size: 10.5, weight: 600, colour: 'dirty', rim: 'paper' },
  writeback: { size: 11, weight: 600, colour: 'writeback' },
  failed: { size: 10.5, weight: 600, colour: 'error', rim: 'paper' },
  rim: { size: 11, colour: 'ink2', rim: 'paper' },
  shared: { size: 11, colour: 'shared' },
  tag: { size: 8.5, weight: 600, colour: 'ink2', plate: 'paper' },
  mono: { size: 11, colour: 'ink2', isMono: true },
} as const satisfies Readonly<Record<string, Look>>;

interface Look {
  readonly size: number;
  readonly weight?: number;
  readonly colour: Token;
  /** A rim of this colour, so that text over data stays readable. */
  readonly rim?: Token;
  /** A plate of this colour behind it, where a texture would run through the letters. */
  readonly plate?: Token;
  readonly isMono?: boolean;
}

export type Role = keyof typeof roles;

/** Text at a place: `y` is its middle line. */
export interface Words {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly role: Role;
  readonly align: 'left' | 'right' | 'center';
  /** Pixels it may take; undefined: as many as it needs. */
  readonly room?: number;
  /** Where there is not enough room: leave it out (else), or cut its middle (`sequ….bin`). */
  readonly isCut?: boolean;
  /** A ground other than the role's plate. */
  readonly plate?: Token;
}

/** Pixels that text takes, roughly and without a canvas: layouts decide by it, `draw` measures. */
export const roughWidth = (text: string, role: Role): number =>
  text.length * (roles[role] as Look).size * ((roles[role] as Look).isMono ? 0.62 : 0.56);

/** Draws words; answers whether there was room. */
export function say(pen: Pen, words: Words, palette: Palette): boolean {
  const look: Look = roles[words.role],
    { x, y, align, room = Number.POSITIVE_INFINITY } = words,
    plate = words.plate ?? look.plate;
  pen.font = `${look.weight ?? 400} ${look.size}px ${look.isMono ? palette.mono : palette.sans}`;
  let said = words.text,
    width = pen.measureText(said).width;
  if (width > room) {
    if (!words.isCut) return false;
    said = shortened(pen, said, room);
    width = pen.measureText(said).width;
  }
  if (plate) {
    const left = align === 'left' ? x : align === 'right' ? x - width : x - width / 2,
      tall = look.size + 5;
    pen.fillStyle = palette[plate];
    pen.beginPath();
    pen.roundRect(left - 4, y - tall / 2, width + 8, tall, 3);
    pen.fill();
  }
  return text(pen, said, x, y, { font: pen.font, colour: palette[look.colour], align, rim: look.rim && palette[look.rim] });
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

/** Cut in the middle, since the end of a name says what it is. */
function shortened(pen: Pen, text: string, room: number): string {
  const letters = Array.from(text);
  for (let kept = letters.length - 1; kept > 1; kept--) {
    const tail = Math.floor(kept / 2),
      cut = `${letters.slice(0, kept - tail).join('')}…${letters.slice(letters.length - tail).join('')}`;
    if (pen.measureText(cut).width <= room) return cut;
  }
  return '…';
}
