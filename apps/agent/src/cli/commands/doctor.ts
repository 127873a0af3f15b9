import { release } from 'node:os';
import { capabilities, capabilityMarkdown, kernels, privileges, probes, settingMarkdown } from '../../doctor/index.ts';
import { readSettings, settingTable, standing } from '../../host/index.ts';
import type { Run } from '../program.ts';

/** Fails when something is missing that everything needs. */
export const doctor: Run<{ readonly markdown?: boolean }> = async ({ place, voice, options }) => {
  const { uid, tmp, env } = place.surroundings;
  if (options.markdown === true) {
    voice.say(...capabilityMarkdown().split('\n'), '', ...settingMarkdown().split('\n'));
    return 0;
  }
  const settings = readSettings(place.surroundings),
    here = { uid, tmp, path: env['PATH'] ?? '', page: place.page, here: standing() };
  const findings = [];
  for (const { name, about, isNeeded, look } of probes) findings.push({ name, about, needed: isNeeded(uid), ...(await look(here)) });
  const works = findings.every((finding) => finding.ok || !finding.needed);

  voice.tell({ works, kernel: release(), uid, findings, settings, table: { kernels, privileges, capabilities } });
  voice.say(`mapscope ${place.version}, Linux ${release()}, ${uid === 0 ? 'root' : `user ${uid}`}`, '');
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const finding of findings) {
    const { name, about, needed } = finding;
    const mark = finding.ok ? 'ok' : needed ? voice.bold('MISSING') : 'without';
    voice.say(
      `${name.padEnd(width)}  ${mark.padEnd(7)}  ${finding.ok ? finding.seen : `${finding.why}. Helps: ${finding.remedy}`}  ${voice.faint(`(${about})`)}`,
    );
  }
  voice.say('', 'Which kernel and which privilege shows what (? is not tried here):', '');
  for (const { what, kernel, privilege, note } of capabilities) {
    const cells = [...kernels.map((name, i) => `${name} ${kernel[i]}`), ...privileges.map((name, i) => `${name} ${privilege[i]}`)];
    voice.say(what, `  ${cells.join(', ')}`, `  ${voice.faint(note)}`);
  }
  voice.say('', 'Settings:', '');
  const values: Readonly<Record<string, string | number | boolean>> = {
    MAPSCOPE_RUNTIME_DIR: settings.runtimeDir,
    MAPSCOPE_STATE_DIR: settings.stateDir,
    MAPSCOPE_LOG: settings.logLevel,
    MAPSCOPE_LOG_FILE: settings.logFile,
    MAPSCOPE_PORT: settings.port,
    MAPSCOPE_SPOOL_BYTES: settings.spoolBytes,
    MAPSCOPE_PIPE_BYTES: settings.pipeBytes,
    NO_COLOR: env['NO_COLOR'] ? 'set' : '',
  };
  for (const { name, about } of settingTable)
    voice.say(`${name.padEnd(20)}  ${String(values[name] ?? env[name] ?? '').padEnd(32)}  ${voice.faint(about)}`);
  return works ? 0 : 1;
};
