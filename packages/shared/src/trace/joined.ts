const nothing = new Uint8Array(0);

/** One after the other; not copied when it is only one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const some = parts.filter((part) => part.length > 0);
  if (some.length <= 1) return some[0] ?? nothing;
  const out = new Uint8Array(some.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of some) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
