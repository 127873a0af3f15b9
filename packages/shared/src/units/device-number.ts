/**
 * The two halves of a dev_t. One device has three numbers, and none says which encoding it is in: 7:0 is 0x700000 in a tracepoint, 0x700 in
 * GETFSMAP and in `st_dev` (spec/protocol.md 8, trap 13). So numbers are taken apart where they come in, and only this is passed on.
 */
export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

const MINOR_BITS = 2 ** 20;

/** As tracepoints have it (`dev`, `s_dev`): minor in the low 20 bits. Source: MKDEV, linux/kdev_t.h. */
export const kernelDev = ({ major, minor }: DeviceNumber): number => major * MINOR_BITS + minor;

/** Inverse of `kernelDev`. */
export const ofKernelDev = (dev: number): DeviceNumber => ({ major: Math.floor(dev / MINOR_BITS), minor: dev % MINOR_BITS });

/** From a u32 of user space (`fmr_device`). Source: new_decode_dev, linux/kdev_t.h. */
export const ofUserDev = (dev: number): DeviceNumber => ({ major: (dev & 0xfff00) >>> 8, minor: (dev & 0xff) | ((dev >>> 12) & 0xfff00) });

/** Inverse of `ofUserDev`, for majors below 2^12 and minors below 2^20. */
export const userDev = ({ major, minor }: DeviceNumber): number => ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;

/** From the 64 bits of `st_dev`, as Node gives them with `bigint`. Source: gnu_dev_major and gnu_dev_minor, glibc sys/sysmacros.h. */
export const ofStatDev = (dev: bigint): DeviceNumber => ({
  major: Number(((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xffff_f000n)),
  minor: Number((dev & 0xffn) | ((dev >> 12n) & 0xffff_ff00n)),
});

/** `7:0`, as in mountinfo and sysfs. */
export const sayDevice = ({ major, minor }: DeviceNumber): string => `${major}:${minor}`;

/** Inverse of `sayDevice`. undefined: it is no such text. */
export function parseDevice(text: string): DeviceNumber | undefined {
  const found = /^(\d{1,7}):(\d{1,7})$/.exec(text);
  return found ? { major: Number(found[1]), minor: Number(found[2]) } : undefined;
}
