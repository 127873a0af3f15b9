const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A number of bytes as people type it: `4096`, `64K`, `512M`, `1GiB`. `undefined` for anything else, and above 2^53. */
export function parseBytes(text: string): number | undefined {
  const found = /^(\d+)\s*([kmgt]?)(i?b)?$/i.exec(text.trim());
  if (!found) return undefined;
  const bytes = Number(found[1]) * units[found[2]!.toLowerCase()]!;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest exact form: 1073741824 is `1 GiB`, 1000 is `1000 B`. */
export function sayBytes(bytes: number): string {
  for (const [name, size] of [
    ['TiB', 2 ** 40],
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const)
    if (bytes >= size && bytes % size === 0) return `${bytes / size} ${name}`;
  return `${bytes} B`;
}
