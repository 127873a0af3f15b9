// Runs inside the guest, on XFS without DAX: a CPU goes and comes back while a filesystem is watched.
import { hotplug } from './hotplug.ts';

process.stdout.write(`${JSON.stringify(await hotplug('/mnt/dax'))}\n`);
process.exit(0);
