import { settingTable } from '../host/settings.ts';
import { capabilities, kernels, privileges } from './capabilities.ts';

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(heads), row(heads.map(() => '---')), ...rows.map(row)].join('\n');

/** The table of the README: which kernel and which privilege shows what. */
export const capabilityMarkdown = (): string =>
  table(
    ['what', ...kernels, ...privileges, ''],
    capabilities.map(({ what, kernel, privilege, note }) => [what, ...kernel, ...privilege, note]),
  );

/** The table of every variable that mapscope reads. */
export const settingMarkdown = (): string =>
  table(
    ['variable', 'otherwise', 'what'],
    settingTable.map(({ name, otherwise, about }) => [`\`${name}\``, otherwise, about]),
  );
