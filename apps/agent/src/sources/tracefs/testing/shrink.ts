/** As few of `acts` as still fail, found by leaving out ever smaller parts (ddmin), with at most `tries` trials. */
export async function shrink<T>(acts: readonly T[], fails: (acts: readonly T[]) => Promise<boolean>, tries = 60): Promise<readonly T[]> {
  let left = acts;
  for (let parts = 2; parts <= left.length && tries > 0;) {
    const size = Math.ceil(left.length / parts);
    let isSmaller = false;
    for (let from = 0; from < left.length && tries > 0; from += size) {
      const rest = [...left.slice(0, from), ...left.slice(from + size)];
      tries--;
      if (!(await fails(rest))) continue;
      left = rest;
      isSmaller = true;
      break;
    }
    parts = isSmaller ? Math.max(2, parts - 1) : parts * 2;
  }
  return left;
}
