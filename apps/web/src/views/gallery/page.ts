import { paletteFrom } from '../../draw/index.ts';
import { laidOut, pictures } from './scenes.ts';

/** What the page of the gallery can do: `pictures.test.ts` drives it in a real browser. */
export interface Gallery {
  readonly names: readonly string[];
  /** Paints a picture on a canvas of this size, in CSS pixels; answers how long layout and drawing took, milliseconds. */
  show(name: string, theme: 'light' | 'dark', width: number, height: number): { readonly layout: number; readonly draw: number };
}

const canvas = document.createElement('canvas');
document.body.append(canvas);

const gallery: Gallery = {
  names: Object.keys(pictures),
  show(name, theme, width, height) {
    document.documentElement.dataset['theme'] = theme;
    const style = getComputedStyle(document.documentElement),
      palette = paletteFrom((property) => style.getPropertyValue(property)),
      pen = canvas.getContext('2d')!;
    canvas.style.cssText = `display:block;width:${width}px;height:${height}px`;
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    pen.fillStyle = palette.paper;
    pen.fillRect(0, 0, width, height);
    const picture = pictures[name]!(),
      begun = performance.now(),
      paint = laidOut(picture, width, height),
      laid = performance.now();
    paint(pen, palette);
    // Reading a pixel back waits until all of it is really drawn.
    pen.getImageData(0, 0, 1, 1);
    return { layout: laid - begun, draw: performance.now() - laid };
  },
};
Object.assign(globalThis, { gallery });
