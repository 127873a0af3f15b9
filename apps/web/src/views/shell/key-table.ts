/** Every key that does something, once: what listens, and what `?` lists. */
export interface Key {
  /** As tinykeys has it; several ways to say the same. */
  readonly press: readonly string[];
  /** As it is shown. */
  readonly shown: readonly string[];
  readonly does: string;
}

export const keyTable = {
  pause: { press: ['Space'], shown: ['space'], does: 'freeze the picture, play on from it' },
  live: { press: ['l', 'Shift+L'], shown: ['L'], does: 'back to the newest' },
  before: { press: [','], shown: [','], does: 'to the operation before' },
  after: { press: ['.'], shown: ['.'], does: 'to the operation after' },
  phaseBefore: { press: ['['], shown: ['['], does: 'begin, answer or end before' },
  phaseAfter: { press: [']'], shown: [']'], does: 'begin, answer or end after' },
  earlier: { press: ['Shift+ArrowLeft'], shown: ['⇧', '←'], does: 'a little earlier' },
  later: { press: ['Shift+ArrowRight'], shown: ['⇧', '→'], does: 'a little later' },
  oldest: { press: ['Home'], shown: ['Home'], does: 'to the oldest that is recorded' },
  newest: { press: ['End'], shown: ['End'], does: 'to the newest that is recorded, standing still' },
  slower: { press: ['<', 'Shift+<'], shown: ['<'], does: 'play slower' },
  faster: { press: ['>', 'Shift+>'], shown: ['>'], does: 'play faster' },
  fileUp: { press: ['ArrowUp'], shown: ['↑'], does: 'file above' },
  fileDown: { press: ['ArrowDown'], shown: ['↓'], does: 'file below' },
  closer: { press: ['+', 'Shift++', '='], shown: ['+'], does: 'closer' },
  wider: { press: ['-'], shown: ['−'], does: 'wider' },
  whole: { press: ['0'], shown: ['0'], does: 'whole file' },
  left: { press: ['ArrowLeft'], shown: ['←'], does: 'to the left' },
  right: { press: ['ArrowRight'], shown: ['→'], does: 'to the right' },
  map: { press: ['1'], shown: ['1'], does: 'Map' },
  strips: { press: ['2'], shown: ['2'], does: 'Strips' },
  folios: { press: ['3'], shown: ['3'], does: 'Folios' },
  table: { press: ['b'], shown: ['b'], does: 'the same as tables' },
  notation: { press: ['o'], shown: ['o'], does: 'offsets: decimal, hex, blocks' },
  theme: { press: ['t'], shown: ['t'], does: 'light, dark, as the system' },
  find: { press: ['/', 'Shift+/', '$mod+k'], shown: ['/'], does: 'filter files (Ctrl K too)' },
  letGo: { press: ['Escape'], shown: ['Esc'], does: 'let go of what is selected' },
  help: { press: ['?', 'Shift+?'], shown: ['?'], does: 'this' },
} as const satisfies Readonly<Record<string, Key>>;

export type KeyName = keyof typeof keyTable;
