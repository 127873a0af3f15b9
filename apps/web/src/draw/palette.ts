/** The colours of visual.md as the style sheet has them: one table, read once a theme. */
export const tokens = [
  'paper',
  'chrome',
  'raise',
  'sunk',
  'line',
  'line2',
  'ghost',
  'ink',
  'ink2',
  'ink3',
  'mapped',
  'unwritten',
  'delalloc',
  'delalloc-ground',
  'inline',
  'shared',
  'clean',
  'dirty',
  'writeback',
  'dirty-ground',
  'read',
  'other',
  'other2',
  'lost',
  'error',
  'focus',
  'ok',
] as const;
export type Token = (typeof tokens)[number];
export type Palette = Readonly<Record<Token, string>> & { readonly sans: string; readonly mono: string };

/** `read` answers the value of a custom property, as `getComputedStyle(root).getPropertyValue` does. */
export function paletteFrom(read: (property: string) => string): Palette {
  const colours = Object.fromEntries(tokens.map((token) => [token, read(`--${token}`).trim() || '#000'])) as Record<Token, string>;
  return { ...colours, sans: read('--sans').trim() || 'sans-serif', mono: read('--mono').trim() || 'monospace' };
}
