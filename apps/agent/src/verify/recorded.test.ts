import { readdirSync } from 'node:fs';
import { How, SourceId } from '@mapscope/shared/trace';
import { kernelDev, parseDevice, utf8 } from '@mapscope/shared/units';
import { expect, test } from 'vitest';
import { blockDeviceOf } from '../host/index.ts';
import { pathOf } from './recorded.ts';

test('pathOf names a device of an import, which has a number alone, as it is called now, and one with a path by that', () => {
  const number = readdirSync('/sys/dev/block').find((name) => blockDeviceOf(parseDevice(name)!) !== undefined)!,
    device = {
      device: 1,
      size: 0n,
      blockSize: 0,
      devT: kernelDev(parseDevice(number)!),
      since: 0n,
      source: SourceId.import,
      how: How.observed,
    };
  expect(pathOf({ ...device, path: utf8(number) })).toMatch(/^\/dev\//);
  expect(pathOf({ ...device, path: utf8('/dev/other') })).toBe('/dev/other');
  expect([pathOf({ ...device, devT: 0, path: utf8('logical') }), pathOf(undefined)]).toEqual(['logical', '']);
});
