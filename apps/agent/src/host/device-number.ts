/** `major:minor` of a `st_dev` as Node gives it with `bigint`. Source: gnu_dev_major and gnu_dev_minor, glibc sys/sysmacros.h. */
export function deviceOf(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn),
    minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn & 0xffff_ffffn);
  return `${major}:${minor}`;
}
