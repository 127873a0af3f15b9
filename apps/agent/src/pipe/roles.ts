import type { LogLevel, MountFacts } from '../host/index.ts';

/*
 * What the supervisor tells each child to do, and what the child says when it does it. Descriptors: docs/architecture.md "Processes".
 * Everything here crosses a pipe as JSON, so there is no bigint.
 */

interface AnyStart {
  /** The log is fd 2. */
  readonly logLevel: LogLevel;
}

export interface SessionStart extends AnyStart {
  /** Run folder: when the supervisor is gone, the session or the collector releases it. */
  readonly run: string;
  /** Source field of the mount: how mountinfo tells our mount from another at the same path. */
  readonly source: string;
  readonly mountpoint: string;
  readonly cache: 'writeback' | 'through';
  /** Folder of the images and the metadata; made by the supervisor. */
  readonly images: string;
  /** Go on with what is there already (`--dir`), or begin empty. */
  readonly isKept: boolean;
  /** Those of the kept volume, or the demo filesystem's own choice, where left out. */
  readonly devices?: number;
  readonly imageBytes?: number;
  /** Of new files below `striped/`. */
  readonly chunkBytes?: number;
  readonly strips?: number;
  readonly pipeBytes: number;
}
/** Orders that come later than the first. */
export type Order =
  /** To the session: a thread of a process of ours. Its requests are answered, but are not part of the picture. */
  | { readonly do: 'ignore'; readonly pid: number }
  /** To the session: the unmount that comes now is ours. */
  | { readonly do: 'expect-unmount' }
  /** To the session: rows were lost behind it. What is there is to be told anew. */
  | { readonly do: 'tell-again' };

/** What a child may ask of the supervisor, and who. */
export type Asked =
  /** The server, for somebody at its socket: the end of the run. */
  | 'stop'
  /** The collector, whose reader did not keep up: the session is to tell everything anew. */
  | 'tell-again';

export interface SessionReady {
  readonly mount: MountFacts;
}

/** What is collected: a mount of ours, whose session's frames come on fd 5, or paths of other filesystems. */
export type Collected =
  | {
      readonly collects: 'mount';
      readonly mount: MountFacts;
    }
  | {
      readonly collects: 'paths';
      /** Absolute, without links. */
      readonly paths: readonly string[];
      /** Where mapscope itself writes: what lies there is nobody's work. */
      readonly except: readonly string[];
      /** Whether FIEMAP and cachestat are asked again when events leave something unknown. */
      readonly refreshes: boolean;
      /** Of each CPU's trace buffer; the collector's own choice where left out. */
      readonly bufferKb?: number;
      /** Whether system calls of FUSE servers are traced: when they take requests, and when they answer. */
      readonly tracesCalls: boolean;
    };

export type CollectorStart = AnyCollectorStart & Collected;

interface AnyCollectorStart extends AnyStart {
  /** Run folder: when the supervisor is gone, the collector releases it. */
  readonly run: string;
  /** Where tracefs is, or why there is none. */
  readonly tracefs: { readonly path: string } | { readonly path: null; readonly why: string; readonly help: string };
  /** Name of the trace instance to make; written down in run.json already. */
  readonly instance: string;
  readonly pipeBytes: number;
}
export interface CollectorReady {
  /** Its threads: what they ask of a mount is not part of the picture. */
  readonly threads: readonly number[];
}

export interface ServerStart extends AnyStart {
  readonly version: string;
  /** What was typed: what is recorded says so. */
  readonly commandLine: readonly string[];
  /** `demo` and `watch`: frames on fd 3. `replay`: frames of `recording`. */
  readonly mode: 'demo' | 'watch' | 'replay';
  readonly recording: string | null;
  /** How many times as fast as it was a recording is played; once if left out. */
  readonly speed?: number;
  /** 0: a free one. Loopback only. */
  readonly port: number;
  /** Names under which the page is served beside the loopback ones, as `name:port`. */
  readonly hosts?: readonly string[];
  /** The token and the spool live here; nothing else is written. */
  readonly stateDir: string;
  /** The built page. */
  readonly page: string;
  /** Where the 0600 socket is to be. */
  readonly socket: string;
  readonly spool: { readonly folder: string; readonly bytes: number } | null;
  readonly mount: string | null;
  readonly pipeBytes: number;
}
export interface ServerReady {
  /** With the token, once. */
  readonly url: string;
  /** The spool, or null when nothing is recorded. */
  readonly recording: string | null;
}

export interface WorkloadStart extends AnyStart {
  readonly mount: string;
  readonly pace: 'gentle' | 'busy';
  readonly seed: number;
}
export type WorkloadReady = Readonly<Record<string, never>>;

export type Role = 'session' | 'collector' | 'server' | 'workload';
