/** `72%`; `<1%` for what is there but rounds to nothing, `>99%` for what is not all. */
export function sayShare(part: bigint, whole: bigint): string {
  if (whole <= 0n || part <= 0n) return '0%';
  const percent = Math.round(Number((part * 1000n) / whole) / 10);
  if (percent === 0) return '<1%';
  return percent >= 100 && part < whole ? '>99%' : `${percent}%`;
}
