import { NO_ADDR } from '@mapscope/shared/trace';
import { sayBytes, sayOffset } from '../../axis/index.ts';
import { roughWidth, type Words } from '../../draw/index.ts';
import type { FileWindow } from '../../feed/window.ts';
import type { Cell, StripsScene } from './scene.ts';

const LINE_H = 18,
  PLATE_PX = 88;

/** Width of the plain part of a cell that its words stand on; 0: no words. */
export const plateOf = ({ box, used, rows }: Cell): number => (rows > 1n || box.h < 34 || used < 70 ? 0 : Math.min(used, PLATE_PX));

export function wordsOf(scene: StripsScene, file: FileWindow): Words[] {
  if (!scene.layout) return emptyWords(scene, file);
  return [
    ...gutter(scene),
    ...chunkWords(scene),
    ...headWords(scene),
    ...cellWords(scene),
    ...slackWords(scene),
    ...weaveWords(scene),
    ...sumWords(scene),
  ];
}

function emptyWords({ width, height }: StripsScene, { layouts }: FileWindow): Words[] {
  const x = width / 2,
    y = height / 2 - 10;
  const why =
    layouts.length > 0
      ? 'Its layout says nothing that could be drawn yet.'
      : 'A file that is striped over several devices shows its chunks here.';
  return [
    { text: 'No part of this file is interleaved.', x, y, role: 'head', align: 'center' },
    { text: why, x, y: y + 22, role: 'body', align: 'center' },
  ];
}

function gutter({ left, name, ruler, along, grid }: StripsScene): Words[] {
  const x = left - 10,
    room = x - 6;
  return [
    { text: name, x, y: ruler.y - 6, role: 'name', align: 'right', room, isCut: true },
    { text: 'chunks', x, y: along.y + along.h / 2, role: 'lane', align: 'right' },
    ...grid.rowLabels.map(({ text, y }): Words => ({ text, x, y, role: 'lane', align: 'right', room })),
  ];
}

/** Every chunk has its number, or every second, fifth, tenth…: as many as there is room for the longest of them. */
function chunkWords({ chunks }: StripsScene): Words[] {
  const widest = Math.max(0, ...chunks.map(({ chunk }) => roughWidth(`${chunk}`, 'headOnData') + 10)),
    // One that is cut at the edge of the picture says nothing of the others.
    across = Math.max(1, ...chunks.map(({ box }) => box.w));
  let every = 1n;
  for (let decade = 1n; Number(every) * across < widest; decade *= 10n)
    every = [decade, 2n * decade, 5n * decade, 10n * decade].find((n) => Number(n) * across >= widest) ?? 10n * decade;
  return chunks.flatMap(({ chunk, box }): Words[] =>
    chunk % every !== 0n || (every === 1n && box.w < widest)
      ? []
      : [{ text: `${chunk}`, x: box.x + box.w / 2, y: box.y + box.h / 2, role: 'boldOnData', align: 'center', plate: 'mapped' }],
  );
}

function headWords({ grid }: StripsScene): Words[] {
  return grid.heads.flatMap(({ x, y, w, text, place, flaw }): Words[] => [
    { text, x, y, role: 'name', align: 'left', room: w },
    { text: flaw ?? place, x: x + w, y, role: flaw ? 'failed' : 'small', align: 'right', room: w - roughWidth(text, 'name') - 8 },
  ]);
}

function cellWords({ grid, layout, notation, blockSize }: StripsScene): Words[] {
  return grid.cells.flatMap((cell): Words[] => {
    const plate = plateOf(cell);
    if (plate === 0) return [];
    const { box, chunk, from, to, addr } = cell,
      x = box.x + 11,
      room = plate - 12,
      at = notation === 'dec' ? sayBytes(addr) : sayOffset(addr, notation, blockSize),
      isPart = layout !== undefined && to - from < layout.chunkSize;
    return [
      { text: `chunk ${chunk}`, x, y: box.y + box.h / 2 - 7, role: 'headOnData', align: 'left', room },
      {
        text: addr === NO_ADDR ? '?' : at,
        x,
        y: box.y + box.h / 2 + 8,
        role: 'monoOnData',
        align: 'left',
        room,
      },
      ...(isPart && box.h > 60
        ? [{ text: `${sayBytes(to - from)} of it`, x, y: box.y + box.h / 2 + 22, role: 'monoOnData', align: 'left', room } as const]
        : []),
    ];
  });
}

const slackWords = ({ grid }: StripsScene): Words[] =>
  grid.slack.flatMap(({ box, bytes }): Words[] =>
    bytes > 0n && box.h > 14
      ? [{ text: `slack ${sayBytes(bytes)}`, x: box.x + box.w / 2, y: box.y + box.h / 2, role: 'plate', align: 'center', room: box.w - 12 }]
      : [],
  );

/** What the weave is, below it. */
function weaveWords({ grid, left }: StripsScene): Words[] {
  const last = grid.cells.at(-1);
  if (!grid.isWeave || !last) return [];
  const text =
    last.rows > 1n
      ? `A column stands for ${last.rows} rows or so, a line is a strip.`
      : 'A column is a row, a line a strip. One that is short breaks the weave.';
  return [{ text, x: left, y: last.box.y + last.box.h + 14, role: 'small', align: 'left' }];
}

/** The steps to the strip at the left, where that is on the device at the right. */
function sumWords({ well, sums }: StripsScene): Words[] {
  if (!well) return [];
  const x = well.x + 14,
    y = well.y + 16;
  if (sums.length === 0)
    return [
      {
        text: 'Point at a chunk: how its bytes find their device stands here.',
        x,
        y: well.y + well.h / 2,
        role: 'lane',
        align: 'left',
        room: well.w - 28,
      },
    ];
  const split = sums.findIndex((line) => line.startsWith('device')),
    across = split < 0 ? well.w : Math.min(330, well.w * 0.42);
  return sums.map((text, k): Words => {
    const isRight = split >= 0 && k >= split,
      left = isRight ? x + across : x,
      line = isRight ? k - split : k;
    return {
      text,
      x: left,
      y: y + line * LINE_H - (split > 4 && !isRight ? line * 2 : 0),
      role: 'mono',
      align: 'left',
      room: (isRight ? well.x + well.w - 10 : x + across - 10) - left,
      isCut: true,
    };
  });
}
