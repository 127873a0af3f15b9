/** Numbers that look random and are the same for the same seed: what the page shows can be had again. */
export interface Random {
  /** An integer from 0 to below `n`. */
  below(n: number): number;
  /** `n` bytes, mostly text, so that a dump of the device can be read. */
  bytes(n: number): Buffer;
}

/** xorshift32; source: Marsaglia 2003, the triple 13, 17, 5. */
export function seeded(seed: number): Random {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
  let written = 0;
  return {
    below: (n) => next() % n,
    bytes: (n) => {
      const bytes = Buffer.alloc(n),
        line = Buffer.from(`${++written} ${next().toString(16)}\n`);
      for (let at = 0; at < n; at += line.length) line.copy(bytes, at);
      return bytes;
    },
  };
}
