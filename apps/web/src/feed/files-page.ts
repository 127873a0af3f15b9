import { extentOverview, type FileState, folioOverview, type Model, totals } from '@mapscope/shared/model';
import { isRegular } from '@mapscope/shared/units';
import { endOf, notClean, seenSize, sizeKnown } from './file-window.ts';
import type { FileSort, FilesPage, Look } from './look.ts';
import type { FileSummary } from './window.ts';

/** Runs of a bar in the list, which is some 180 px wide. */
const BAR = 96;

/**
 * What the list shows: regular files, and those whose kind nobody told. Not what nobody introduced: a new inode of a filesystem with a watched folder, whose name
 * has not come yet, and will not if it lies elsewhere.
 */
export const isListed = ({ introduced, mode }: FileState): boolean => introduced && (mode === 0 || isRegular(mode));

/** The sorted, filtered list. Scrolling asks for other rows of the same list: it is sorted again only when the model moved. */
export class FileList {
  private key = '';
  private model: Model | undefined;
  private order: FileState[] = [];
  private known = 0;
  private dirty = 0n;
  private foliosUnknown = 0n;

  page(model: Model, ask: Look['files']): FilesPage {
    const key = `${model.version} ${ask.sort} ${ask.filter}`;
    if (key !== this.key || model !== this.model) this.sort(model, ask.sort, ask.filter);
    this.key = key;
    this.model = model;
    const rows = this.order.slice(ask.first, ask.first + ask.count).map((file) => summary(file, model));
    return { first: ask.first, rows, total: this.order.length, known: this.known, dirty: this.dirty, foliosUnknown: this.foliosUnknown };
  }

  private sort(model: Model, sort: FileSort, filter: string): void {
    const listed = [...model.files.all()].filter(isListed),
      wanted = filter.toLowerCase();
    this.known = listed.filter((file) => !file.gone).length;
    this.dirty = 0n;
    this.foliosUnknown = 0n;
    for (const file of listed) {
      if (file.folios.size === 0) continue;
      const { dirty, foliosUnknown } = totals(file);
      this.dirty += dirty;
      if (!file.gone) this.foliosUnknown += foliosUnknown;
    }
    const rows = listed.map((file) => ({ file, path: file.pathText })).filter(({ path }) => path.toLowerCase().includes(wanted));
    const by = orders[sort];
    // Those gone last: they are history.
    rows.sort(
      (a, b) =>
        Number(a.file.gone) - Number(b.file.gone) ||
        by(a.file, b.file, model.pageSize) ||
        (a.path < b.path ? -1 : a.path > b.path ? 1 : a.file.inode - b.file.inode),
    );
    this.order = rows.map(({ file }) => file);
  }
}

const down = (a: bigint | number, b: bigint | number): number => (a > b ? -1 : a < b ? 1 : 0);
const orders: Readonly<Record<FileSort, (a: FileState, b: FileState, pageSize: bigint) => number>> = {
  name: () => 0,
  size: (a, b, pageSize) => down(seenSize(a, pageSize), seenSize(b, pageSize)),
  pieces: (a, b) => down(totals(a).pieces, totals(b).pieces),
  dirty: (a, b) => down(totals(a).dirty, totals(b).dirty),
};

function summary(file: FileState, { pageSize }: Model): FileSummary {
  const { pieces, dirty } = totals(file);
  return {
    inode: file.inode,
    path: file.pathText,
    gone: file.gone,
    size: seenSize(file, pageSize),
    ...sizeKnown(file),
    pieces,
    dirty,
    striped: file.layouts.list().some(({ strips }) => strips.length > 1),
    overview: extentOverview(file.data, 0n, endOf(file, pageSize), BAR, { gaps: true }),
    overviewDirty: notClean(folioOverview(file.folios, 0n, endOf(file, pageSize), BAR)),
  };
}
