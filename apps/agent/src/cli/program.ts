import { Command, CommanderError, Option } from 'commander';
import { type Problem, problem } from '@mapscope/shared/units';
import type { Place } from './place.ts';
import { bug, type Voice, voice } from './voice.ts';

/** What a command gets: the place, a voice, and what was typed. Resolves with the exit code. */
export interface Call<Options> {
  readonly place: Place;
  readonly voice: Voice;
  readonly options: Options;
  readonly words: readonly string[];
  /** All that was typed behind `mapscope`, for a recording to say. */
  readonly typed: readonly string[];
}
export type Run<Options> = (call: Call<Options>) => Promise<number>;

/** The environment of the running command is one entry: whatever is thrown below it ends here. */
export async function program(argv: readonly string[], place: Place): Promise<number> {
  let code = 0;
  const isJson = argv.includes('--json');
  const speak = voice(place, isJson);
  quietPipes(place);
  /** Commands are loaded when they run: `--version` and help need none of them. */
  const lazily =
    <Options>(load: () => Promise<Run<Options>>) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.pop() as Command;
      code = await (await load())({ place, voice: speak, options: command.opts<Options & object>(), words: command.args, typed: argv });
    };
  const root = describe(place, lazily);
  if (argv.every((word) => word === '--json')) {
    root.outputHelp();
    return 0;
  }
  try {
    await root.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, speak);
    speak.refuse(problemOf(error) ?? bug(error));
    return 1;
  }
  return code;
}

type Lazily = <Options>(load: () => Promise<Run<Options>>) => (...given: unknown[]) => Promise<void>;

function describe(place: Place, lazily: Lazily): Command {
  const root = new Command('mapscope')
    .description('See where the bytes of a file are, live: iomap operations, extent maps and the page cache.')
    .version(place.version, '-V, --version')
    .helpCommand('help [command]', 'what a command can do')
    .configureOutput({
      writeOut: (text) => void place.stdout.write(text),
      // Said by `usage`, in one sentence, or as JSON.
      writeErr: () => undefined,
    })
    .exitOverride();
  const command = (name: string, about: string): Command =>
    root.command(name).description(about).option('--json', 'for scripts: one line of JSON, errors too').copyInheritedSettings(root);

  command('demo', 'mount the demo filesystem, run its workload, serve the page')
    .option('--dir <folder>', 'keep images and recording there; without it everything is temporary')
    .option('--mount <folder>', 'an empty folder to mount on; without it a temporary one')
    .addOption(
      new Option('--cache <mode>', 'writeback: the kernel holds dirty pages; through: the server sees each write')
        .choices(['writeback', 'through'])
        .default('writeback'),
    )
    .addOption(new Option('--workload <pace>', 'what writes to the mount').choices(['gentle', 'busy', 'none']).default('gentle'))
    .option('--port <number>', 'of the page on 127.0.0.1; 0 picks a free one')
    .option('--devices <number>', 'how many images are the devices (usually 4)')
    .option('--size <bytes>', 'of each image, as 512M (usually 512M)')
    .option('--chunk <bytes>', 'chunk of files in striped/ (usually 64K)')
    .option('--strips <number>', 'devices that a file in striped/ lies on (usually 3)')
    .option('--spool <bytes>', 'cap of the recording, as 1G; off for none')
    .action(lazily(async () => (await import('./commands/demo.ts')).demo));
  command('watch', 'trace files, folders or mounts live, and serve the page (takes root)')
    .argument('<path...>', 'files, or folders: all files below them, also new ones')
    .option('--no-refresh', 'ask for maps and caches once only, then live on trace events alone')
    .option(
      '--request-times',
      'when FUSE servers take requests and begin to answer: traces their system calls, which makes those of all programs slower',
    )
    .option('--buffer <bytes>', 'of the trace buffer of each CPU, as 64M (usually 16M)')
    .option('--port <number>', 'of the page on 127.0.0.1; 0 picks a free one')
    .option('--spool <bytes>', 'cap of the recording, as 1G; off for none')
    .action(lazily(async () => (await import('./commands/watch.ts')).watch));
  command('show', 'the extents of files now: of a mount of ours by its agent, elsewhere by FIEMAP; or what a recording knows of them')
    .argument('[file...]', 'with --in as the recording names them; all of its files if left out')
    .option('--in <recording>', 'extents, layouts and folios as that recording knew them: a file, or the folder of a spool')
    .option('--at <ns>', 'at this time of its clock, nanoseconds (usually its end)')
    .option('--inode <n>', 'the file with this number in the recording')
    .option('--sync', 'write the files back first, so that nothing waits for a place: this changes what is looked at')
    .option('--cache', 'what the page cache holds of them, too')
    .option('--page-flags', 'and the flags of its pages: this marks them as used')
    .action(lazily(async () => (await import('./commands/show.ts')).show));
  command(
    'verify',
    'the maps and caches that are drawn, against the kernel: 0 the same, 1 differs, 2 busy, 3 knows too little, 4 cannot be compared',
  )
    .argument('[file...]', 'files that are watched')
    .option('--in <recording>', 'as that recording knew them at its end, against what the kernel says of them now')
    .option('--seek', 'and where lseek(2) finds data and holes')
    .action(lazily(async () => (await import('./commands/verify.ts')).verify));
  command('fsmap', 'who owns the space of a filesystem: files, free space, itself (ext4, XFS)')
    .argument('<path>', 'any file or folder of it, or its device')
    .option('--paths', 'look for the names of inodes: this reads its folders')
    .action(lazily(async () => (await import('./commands/fsmap.ts')).fsmap));
  command('record', 'save what the running agent sees, until Ctrl-C')
    .requiredOption('-o, --output <file>', 'the recording to write')
    .option('--for <seconds>', 'ends by itself')
    .option('--run <id>', 'which run, when there are several')
    .action(lazily(async () => (await import('./commands/record.ts')).record));
  command('stat', 'what is in a recording: rows, files, losses, damage')
    .argument('<recording>', 'a file, or the folder of a spool')
    .action(lazily(async () => (await import('./commands/stat.ts')).stat));
  command('replay', 'serve the page on a recording')
    .argument('<file>')
    .option('--speed <factor>', 'how many times as fast as it was (usually 1)')
    .option('--port <number>', 'of the page on 127.0.0.1; 0 picks a free one')
    .action(lazily(async () => (await import('./commands/replay.ts')).replay));
  command('import', 'make a recording of a trace, trace.dat of trace-cmd or text of ftrace; or of famfs maps, shadows or fmap messages')
    .argument('<file>')
    .option('-o, --output <file>', 'the recording to write')
    .addOption(new Option('--records <format>', 'print the decoded records instead, before anything is derived').choices(['csv']))
    .option('--buffer <name>', 'which buffer, when several have different clocks; top is the one without a name')
    .action(lazily(async () => (await import('./commands/import.ts')).importTrace));
  command('decode', 'explain bytes on standard input: a message, or a stream of them')
    .option('--as <name>', 'what they are: a struct, fmap, request, reply, dirent_stream …', 'fuse-stream')
    .addOption(new Option('--from <form>', 'how they are written, when it cannot be told').choices(['hex', 'binary']))
    .option('--opcode <name>', 'of a reply: what was asked, as READ or 15')
    .option('--context <json>', 'of an iomap_begin_out: {"pos","count","opflags","blocksize","maxbytes"}')
    .action(lazily(async () => (await import('./commands/decode.ts')).decode));
  command('status', 'what runs: processes, mounts, addresses').action(lazily(async () => (await import('./commands/status.ts')).status));
  command('stop', 'end a run, in order')
    .argument('[run]', 'its id, when there are several')
    .option('--all', 'every run')
    .action(lazily(async () => (await import('./commands/stop.ts')).stop));
  command('cleanup', 'remove what killed runs left behind').action(lazily(async () => (await import('./commands/cleanup.ts')).cleanup));
  command('doctor', 'what works here, what does not, and what would help')
    .option('--markdown', 'the tables of the README')
    .action(lazily(async () => (await import('./commands/doctor.ts')).doctor));
  return root;
}

/** Help and version were asked for and are no failure. */
function usage(error: CommanderError, speak: Voice): number {
  if (error.exitCode === 0) return 0;
  // `help` of what is no command: commander has no words for it.
  const why = error.code === 'commander.help' ? 'there is no such command' : error.message.replace(/^error: /, '').replace(/\.$/, '');
  speak.refuse(problem('E_USAGE', why, '`mapscope help` says what there is'));
  return 1;
}

/** The problem of a `Refused`, told by its shape: its class may not be loaded. */
const problemOf = (error: unknown): Problem | undefined =>
  error instanceof Error && error.name === 'Refused' && 'problem' in error ? (error.problem as Problem) : undefined;

/** A reader that has left (`| head`), or a terminal that is gone, is no reason to fall over in the middle of an orderly end. */
function quietPipes({ stdout, stderr }: Place): void {
  stdout.on('error', () => undefined);
  stderr.on('error', () => undefined);
}
