import { paletteFrom, type Token } from '../../draw/index.ts';
import { laidOut, pictures } from './scenes.ts';

/** What the page of the gallery can do: `pictures.test.ts` drives it in a real browser. */
export interface Gallery {
  readonly names: readonly string[];
  /** Paints a picture on a canvas of this size, in CSS pixels. */
  show(name: string, theme: 'light' | 'dark', width: number, height: number): void;
  /** Whether all pixels of a box of the canvas have the colour of a token. */
  isAll(token: Token, x: number, y: number, w: number, h: number): boolean;
}

const canvas = document.createElement('canvas'),
  pen = canvas.getContext('2d', { willReadFrequently: true })!;
document.body.append(canvas);

const palette = () => {
  const style = getComputedStyle(document.documentElement);
  return paletteFrom((property) => style.getPropertyValue(property));
};

const gallery: Gallery = {
  names: Object.keys(pictures),
  show(name, theme, width, height) {
    document.documentElement.dataset['theme'] = theme;
    canvas.style.cssText = `display:block;width:${width}px;height:${height}px`;
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    const colours = palette();
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    pen.fillStyle = colours.paper;
    pen.fillRect(0, 0, width, height);
    laidOut(pictures[name]!(), width, height)(pen, colours);
  },
  isAll(token, x, y, w, h) {
    const wanted = [1, 3, 5].map((at) => Number.parseInt(palette()[token].slice(at, at + 2), 16)),
      { data } = pen.getImageData(x * devicePixelRatio, y * devicePixelRatio, w * devicePixelRatio, h * devicePixelRatio);
    for (let i = 0; i < data.length; i += 4) if (wanted.some((value, k) => data[i + k] !== value)) return false;
    return true;
  },
};
Object.assign(globalThis, { gallery });
