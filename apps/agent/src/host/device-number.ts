import { ofStatDev, sayDevice } from '@mapscope/shared/units';

/** `major:minor` of a `st_dev` as Node gives it with `bigint`. */
export const deviceOf = (dev: bigint): string => sayDevice(ofStatDev(dev));
