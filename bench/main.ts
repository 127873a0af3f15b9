import { calls } from './calls.ts';
import { codec } from './codec.ts';
import { latency } from './latency.ts';
import { maps } from './maps.ts';
import { model } from './model.ts';
import { mount } from './mount.ts';
import { recording } from './recording.ts';
import { trace } from './trace.ts';
import { watch } from './watch.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = { codec, model, recording, trace, maps, mount, latency, watch, calls };
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  process.stderr.write(`No bench is called ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}\n`);
  process.exit(1);
}
for (const [name, run] of Object.entries(benches)) if (wanted.length === 0 || wanted.includes(name)) await run();
