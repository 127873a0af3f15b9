import { type Device, type FileState, type Model, modelAt } from '@mapscope/shared/model';
import { eventRows, How } from '@mapscope/shared/trace';
import { kernelDev, ofKernelDev, utf8Text } from '@mapscope/shared/units';
import { claimsOf } from '@mapscope/shared/verify';
import { blockDeviceOf, refused } from '../host/index.ts';
import type { Recordings } from '../recordings/index.ts';
import { type AskOptions, askKernel, judge } from './judge.ts';
import { type Subject, withSubject } from './subject.ts';
import type { ModelFacts, Verified } from './verified.ts';

/** The state that a recording ends with. */
export interface Recorded {
  readonly path: string;
  readonly model: Model;
  readonly facts: ModelFacts;
  /** How it is known of a page that nothing was told of that it is not cached. Of a trace it is not: what was cached before it nobody tells. */
  readonly absence: How;
}

/** Throws `Refused`: E_RECORDING when nothing is in it. */
export async function recordedEnd(recordings: Recordings, path: string): Promise<Recorded> {
  const { span } = recordings;
  if (!span) throw refused('E_RECORDING', `there are no events in ${path}`, 'Record again, while something happens');
  const { recording } = recordings.at(span.until),
    { model } = await modelAt(recording, span.until),
    { sources } = recording.header;
  return {
    path,
    model,
    facts: { pid: null, events: recordings.files.reduce((sum, { recording }) => sum + eventRows(recording.entries), 0), refreshes: null },
    absence: sources.includes('import') ? How.unknown : How.reported,
  };
}

/** The file as the recording ends against what the kernel says of it now. Throws `Refused` where it is another one by now, or none that was recorded. */
export const verifyRecorded = (recorded: Recorded, file: string, options: AskOptions): Promise<Verified> =>
  withSubject(file, async (subject) => {
    const { model, absence, facts } = recorded,
      state = recordedFile(recorded, subject),
      kernel = await askKernel(subject, options),
      claims = claimsOf(state, kernel.size, subject.block, absence, (device) => pathOf(model.devices.get(device)));
    return {
      file,
      size: kernel.size,
      model: facts,
      tries: 1,
      isBusy: false,
      judgement: judge(claims, kernel, subject, { isRunning: false }),
    };
  });

/** A trace tells the number of a device and no path: it is that of the device which has the number now. */
export function pathOf(device: Device | undefined): string {
  const path = device ? utf8Text(device.path) : '';
  return path.startsWith('/') || !device?.devT ? path : (blockDeviceOf(ofKernelDev(device.devT)) ?? path);
}

function recordedFile({ model, path }: Recorded, { file, identity }: Subject): FileState {
  const { filesystem, root, ino, generation } = identity,
    dev = kernelDev(filesystem.device);
  const found = [...model.files.all()].filter((it) => it.ino === ino && it.root === root && model.devices.get(it.device)?.devT === dev);
  if (found.length === 0)
    throw refused('E_UNKNOWN_FILE', `nothing is known of ${file} in ${path}`, `Those that are: mapscope show --in ${path}`);
  const living = found.find((it) => !it.gone && (generation === null || it.generation === 0n || it.generation === BigInt(generation)));
  if (living) return living;
  throw refused('E_OTHER_FILE', `${file} is another file than the one in ${path}, whose inode number it has`, 'Record it anew.');
}
