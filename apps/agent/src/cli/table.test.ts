import { expect, test } from 'vitest';
import { table } from './table.ts';

const plain = { bold: (text: string) => text, faint: (text: string) => text };
const extent = { offset: '0', length: '4096', addr: '1048576', device: '/dev/shm/img0', type: 'MAPPED', flags: [], how: 'reported' };

test('table puts numbers to the right and words to the left', () => {
  const hole = { ...extent, offset: '4096', length: '131072', addr: null, device: null, type: 'HOLE', flags: ['SHARED'] };
  expect(table({ file: '/m/a', size: '135168', extents: [extent, hole], layouts: [] }, plain)).toEqual([
    '/m/a  135168 bytes, 2 extents',
    'offset  length  type    device         address  flags',
    '     0    4096  MAPPED  /dev/shm/img0  1048576',
    '  4096  131072  HOLE                            SHARED',
  ]);
});

test('table says what the filesystem was told of the size, where that is less', () => {
  expect(table({ file: 'a', size: '300001', reportedSize: '0', extents: [], layouts: [] }, plain)).toEqual([
    'a  300001 bytes (the filesystem was told 0 so far), 0 extents',
  ]);
});

test('table of an empty file has no heads, and says how an interleaved one is laid out', () => {
  const layout = { offset: '0', nbytes: '65536', chunk_size: '65536', nstrips: 3, strips: [null, null, null] };
  expect(table({ file: 'a', size: '0', extents: [], layouts: [layout] }, plain)).toEqual([
    'a  0 bytes, 0 extents',
    'interleaved from 0: 3 strips in chunks of 65536 bytes',
  ]);
});

test('table says which addresses are logical, where copies are, and what may be trimmed', () => {
  const copies = [
    { device: '/dev/a', addr: '4096' },
    { device: null, addr: '8192' },
  ];
  const mirrored = { ...extent, device: '/dev/a', addr: '4096', copies, past_eof: '512' },
    logical = { ...extent, offset: '4096', device: null, addr: '7', addr_is: 'logical' as const };
  expect(table({ file: 'a', size: '8192', extents: [mirrored, logical], layouts: [], notes: ['Why.'] }, plain)).toEqual([
    'a  8192 bytes, 2 extents',
    'offset  length  type    device   address  flags',
    '     0    4096  MAPPED  /dev/a      4096  (512 bytes past the end: may be trimmed)',
    '                copy    missing     8192',
    '  4096    4096  MAPPED  logical        7',
    'Why.',
  ]);
});
