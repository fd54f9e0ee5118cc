import { execFile } from 'node:child_process';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';

import { MissingPrerequisite } from './prerequisite.js';

/** Resolves a port that nobody listens on now; see `freePorts`. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}

/**
 * Below the ports that systems give to outgoing connections, any of which could take one before it is listened on, and
 * above those that browsers refuse.
 */
const FIRST_PORT = 11_000;
const PORTS = 20_000;
/** Each process begins elsewhere and gives no port twice, so that two that start servers at once do not meet. */
let next = (process.pid * 61) % PORTS;

/**
 * Resolves so many ports of loopback that follow each other and that nobody listens on now; somebody may take them
 * before the caller does.
 */
export async function freePorts(count: number): Promise<number[]> {
  for (;;) {
    if (next + count > PORTS) next = 0;
    const first = FIRST_PORT + next;
    next += count;
    const ports = Array.from({ length: count }, (_, step) => first + step);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return ports;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * Throws MissingPrerequisite when `port` cannot be listened on, with the holder where it can be known and
 * the setting that moves it.
 */
export async function requirePort(port: number, host: string, what: string, setting: string): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  if (code === undefined) return;
  if (code === 'EADDRINUSE') {
    const holder = await portHolder(port);
    throw new MissingPrerequisite(
      `Port ${port}, meant for ${what}, is taken${holder ? ` by ${holder}` : ''}: stop that program, or choose another port with ${setting}.`,
    );
  }
  throw new MissingPrerequisite(
    `${what} cannot listen on ${host}:${port} (${code}): choose another port with ${setting} or another address with FRESHET_HOST.`,
  );
}

/** Program and process id that listen on a port, when this user may know. */
export async function portHolder(port: number): Promise<string | undefined> {
  const pid = process.platform === 'linux' ? await linuxListener(port) : await lsofListener(port);
  if (pid === undefined) return undefined;
  const command = await commandOf(pid);
  return command ? `${command} (process ${pid})` : `process ${pid}`;
}

async function linuxListener(port: number): Promise<number | undefined> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(`:${wanted}`) && fields[3] === '0A' && fields[9])
        inodes.add(`socket:[${fields[9]}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    for (const descriptor of await readdir(`/proc/${name}/fd`).catch(() => [])) {
      const link = await readlink(`/proc/${name}/fd/${descriptor}`).catch(() => '');
      if (inodes.has(link)) return Number(name);
    }
  }
  return undefined;
}

function lsofListener(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'], (error, stdout) => {
      const pid = Number(stdout.split('\n')[0]);
      resolve(error || !pid ? undefined : pid);
    });
  });
}

function commandOf(pid: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'comm=', '-p', String(pid)], (error, stdout) => {
      resolve(error ? undefined : stdout.trim() || undefined);
    });
  });
}
