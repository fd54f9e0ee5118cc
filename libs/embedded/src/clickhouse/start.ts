import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadCredentials, type ClickHouseCredentials } from './credentials.js';
import { ClickHouseStartError, explainFailure } from './failure.js';
import { endOrphan, removePidFile, writePidFile } from './pid-file.js';
import { configXml, usersXml } from './server-config.js';

export interface ClickHouseOptions {
  /** Folder for data, configuration, passwords and logs; made when missing. */
  readonly dataDir: string;
  readonly httpPort: number;
  readonly tcpPort: number;
  /** Loopback only, by default 127.0.0.1: SQL can read files of this machine. */
  readonly host?: string;
  /** Tables of database `freshet` that the analyst may not read; all the rest, and all of `metrics`, are the analyst's. */
  readonly storageTables?: readonly string[];
  /** Told once when the process ends without `stop` having been called. */
  readonly onExit?: (exit: ClickHouseExit) => void;
  /** Longest wait for the first answer, by default 60 s (a large store is loaded first). */
  readonly startTimeoutMs?: number;
}

export interface ClickHouseExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote last, at most 4,000 characters. */
  readonly output: string;
}

export interface RunningClickHouse {
  /** `http://host:port`. */
  readonly url: string;
  readonly host: string;
  readonly httpPort: number;
  readonly tcpPort: number;
  readonly pid: number;
  readonly credentials: ClickHouseCredentials;
  /** Time from the call to the first answer. */
  readonly startedInMs: number;
  /** Ends the server by closing its input, after `graceMs` (10 s by default) by SIGKILL. Never rejects; may be called again. */
  stop(graceMs?: number): Promise<void>;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
const ORPHAN_GRACE_MS = 5_000;
/** Of one question whether the server is up. */
const ANSWER_WITHIN_MS = 500;
const SERVER = fileURLToPath(new URL('../../clickhouse/server.mjs', import.meta.url));

/**
 * Starts ClickHouse's engine as a process in its own process group and resolves when it answers over HTTP.
 * It ends when `stop` is called or when this process dies, however it dies.
 * Throws ClickHouseStartError whose message is for a person.
 */
export async function startClickHouse(options: ClickHouseOptions): Promise<RunningClickHouse> {
  const startedAtMs = performance.now();
  const { httpPort, tcpPort, host = '127.0.0.1', startTimeoutMs = 60_000 } = options;
  const dataDir = resolve(options.dataDir);
  if (!LOOPBACK.has(host)) {
    throw new ClickHouseStartError(
      `The embedded ClickHouse listens on loopback only, not on ${host}, because its SQL can read files of this machine: ` +
        `set CLICKHOUSE_URL to a ClickHouse server of your own to open it to others.`,
    );
  }
  const files = {
    store: join(dataDir, 'store'),
    config: join(dataDir, 'config.xml'),
    users: join(dataDir, 'users.xml'),
    credentials: join(dataDir, 'credentials.json'),
    pid: join(dataDir, 'server.pid'),
    log: join(dataDir, 'server.log'),
    output: join(dataDir, 'output.log'),
  };
  const credentials = prepare(() => {
    mkdirSync(files.store, { recursive: true });
    const known = loadCredentials(files.credentials);
    const server = { host, httpPort, tcpPort, usersFile: files.users, logFile: files.log };
    writeFileSync(files.config, configXml(server), { mode: 0o600 });
    writeFileSync(files.users, usersXml(known, options.storageTables ?? []), { mode: 0o600 });
    return known;
  }, dataDir);

  const inUseBy = await endOrphan(files.pid, ORPHAN_GRACE_MS);
  if (inUseBy !== undefined) {
    throw new ClickHouseStartError(
      `The ClickHouse data folder ${dataDir} is in use by process ${inUseBy}: stop that one first, or choose another FRESHET_DATA_DIR.`,
    );
  }
  await requireFreePort(host, httpPort, 'FRESHET_CLICKHOUSE_HTTP_PORT');
  await requireFreePort(host, tcpPort, 'FRESHET_CLICKHOUSE_TCP_PORT');

  const output = prepare(() => openSync(files.output, 'w', 0o600), dataDir);
  const child = spawn(process.execPath, [SERVER, files.store, files.config], {
    cwd: dataDir,
    detached: true,
    stdio: ['pipe', output, output],
    env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', ...libraryLocation() },
  });
  closeSync(output);
  const ended = whenEnded(child);
  // Closing the pipe of a process that is gone already must not be an uncaught error.
  child.stdin?.on('error', () => undefined);
  const lastWords = (): string => readFileSync(files.output, 'utf8').slice(-4_000);
  const pid = child.pid;
  if (pid === undefined) {
    throw new ClickHouseStartError(`ClickHouse could not be started: ${(await ended).error ?? 'no process'}`);
  }
  prepare(() => writePidFile(files.pid, pid), dataDir);

  let stopping: Promise<void> | undefined;
  const stop = async (graceMs = 10_000): Promise<void> => {
    stopping ??= endProcess(child, ended, graceMs).then(() => removePidFile(files.pid));
    return stopping;
  };
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${httpPort}`;
  const answered = await firstAnswer(url, credentials, ended, startTimeoutMs);
  if (answered !== 'ready') {
    await stop(0);
    throw new ClickHouseStartError(
      answered === 'timeout'
        ? `ClickHouse did not answer within ${startTimeoutMs / 1000} s: look into ${files.log}, and start again.`
        : explainFailure(lastWords(), { dataDir, exit: answered }),
    );
  }
  void ended.then((exit) => {
    if (stopping !== undefined) return;
    removePidFile(files.pid);
    options.onExit?.({ code: exit.code, signal: exit.signal, output: lastWords() });
  });
  const startedInMs = Math.round(performance.now() - startedAtMs);
  return { url, host, httpPort, tcpPort, pid, credentials, startedInMs, stop };
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: string;
}

function whenEnded(child: ChildProcess): Promise<Ended> {
  return new Promise((done) => {
    child.once('error', (error) => done({ code: null, signal: null, error: error.message }));
    child.once('exit', (code, signal) => done({ code, signal }));
  });
}

async function endProcess(child: ChildProcess, ended: Promise<Ended>, graceMs: number): Promise<void> {
  child.stdin?.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}

/** Resolves when the server accepts the password that it was started with, or says why it never will. */
async function firstAnswer(
  url: string,
  credentials: ClickHouseCredentials,
  ended: Promise<Ended>,
  timeoutMs: number,
): Promise<'ready' | 'timeout' | `exit ${string}`> {
  const deadlineMs = performance.now() + timeoutMs;
  let exit: Ended | undefined;
  void ended.then((how) => (exit = how));
  while (performance.now() < deadlineMs) {
    if (exit !== undefined) return `exit ${exit.signal ?? exit.code ?? exit.error ?? 'unknown'}`;
    // Not left to the signal alone: once in 38 starts under load such a question never ended, and neither did the start.
    if (await Promise.race([isReady(url, credentials), delay(2 * ANSWER_WITHIN_MS, false)])) return 'ready';
    await delay(25);
  }
  return 'timeout';
}

async function isReady(url: string, credentials: ClickHouseCredentials): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/?query=SELECT+1`, {
      headers: {
        // A connection left open would hold up the server's end.
        connection: 'close',
        'x-clickhouse-user': 'freshet',
        'x-clickhouse-key': credentials.freshet,
      },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return answer.ok && (await answer.text()) === '1\n';
  } catch {
    // Not listening yet.
    return false;
  }
}

async function requireFreePort(host: string, port: number, setting: string): Promise<void> {
  const probe = createServer();
  await new Promise<void>((done, fail) => {
    probe.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        new ClickHouseStartError(
          error.code === 'EADDRINUSE'
            ? `Port ${port} is taken by another program: stop it, or set ${setting} to a free port.`
            : `Port ${port} on ${host} cannot be opened (${error.code ?? error.message}): set ${setting} to another one.`,
        ),
      ),
    );
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => done()));
  });
}

/** File work of the start: what fails here is the folder or the disk. */
function prepare<T>(work: () => T, dataDir: string): T {
  try {
    return work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC') {
      throw new ClickHouseStartError(
        `The disk that holds ${dataDir} is full: free some space and start again.`,
      );
    }
    if (code !== undefined) {
      throw new ClickHouseStartError(
        `ClickHouse cannot write to ${dataDir} (${code}): make the folder writable, or choose another FRESHET_DATA_DIR.`,
      );
    }
    throw error;
  }
}

/** Where the engine's library is, when the environment says so. */
function libraryLocation(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ['CHDB_LIBCHDB_PATH', 'CHDB_LIBCHDB_DIR', 'LD_LIBRARY_PATH', 'NODE_EXTRA_CA_CERTS']) {
    const value = process.env[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}
