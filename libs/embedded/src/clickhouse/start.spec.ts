import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../process/port.js';
import { processIdentity } from './process-identity.js';
import { startClickHouse, type ClickHouseOptions, type RunningClickHouse } from './start.js';

const running: RunningClickHouse[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'freshet-clickhouse-'));
  folders.push(made);
  return made;
}

async function run(server: RunningClickHouse, query: string): Promise<void> {
  const answer = await sql(server, query);
  if (answer !== '') throw new Error(answer);
}

async function start(options: Partial<ClickHouseOptions> = {}): Promise<RunningClickHouse> {
  const server = await startClickHouse({
    dataDir: options.dataDir ?? folder(),
    httpPort: await freePort(),
    tcpPort: await freePort(),
    ...options,
  });
  running.push(server);
  return server;
}

async function sql(
  server: RunningClickHouse,
  query: string,
  user: 'freshet' | 'gateway' | 'analyst' | 'default' = 'freshet',
  settings = '',
): Promise<string> {
  const answer = await fetch(`${server.url}/?${settings}`, {
    method: 'POST',
    body: query,
    headers: {
      connection: 'close',
      'x-clickhouse-user': user,
      'x-clickhouse-key': user === 'default' ? '' : server.credentials[user],
    },
  });
  return (await answer.text()).trim();
}

describe('startClickHouse', () => {
  it('serves over HTTP, keeps data and passwords across a stop, and leaves no process', async () => {
    const dataDir = folder();
    const first = await start({ dataDir });
    await run(first, 'CREATE DATABASE freshet');
    await run(first, 'CREATE TABLE freshet.t (a UInt8) ENGINE = MergeTree ORDER BY a');
    await run(first, 'INSERT INTO freshet.t VALUES (7)');
    await first.stop();
    expect(processIdentity(first.pid)).toBeUndefined();
    const second = await start({ dataDir });
    expect(await sql(second, 'SELECT a FROM freshet.t')).toBe('7');
    expect(second.credentials).toEqual(first.credentials);
    expect(statSync(join(dataDir, 'credentials.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dataDir, 'users.xml'), 'utf8')).not.toContain(first.credentials.freshet);
  });

  it('lets each user do its own work only', async () => {
    const server = await start({ storageTables: ['orders_log'] });
    await run(server, 'CREATE DATABASE freshet');
    await run(server, 'CREATE DATABASE metrics');
    await run(server, 'CREATE TABLE freshet.orders_log (a UInt8) ENGINE = MergeTree ORDER BY a');
    await run(server, 'INSERT INTO freshet.orders_log VALUES (1)');
    await run(
      server,
      'CREATE VIEW freshet.orders DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT a FROM freshet.orders_log',
    );
    expect(await sql(server, 'SELECT a FROM freshet.orders', 'analyst')).toBe('1');
    expect(await sql(server, 'SELECT a FROM freshet.orders_log', 'analyst')).toContain('ACCESS_DENIED');
    expect(await sql(server, 'INSERT INTO freshet.orders_log VALUES (1)', 'analyst')).toMatch(
      /READONLY|ACCESS_DENIED/,
    );
    expect(await sql(server, 'SELECT 1', 'analyst', 'max_memory_usage=0')).toContain('READONLY');
    expect(
      await sql(server, 'SELECT 1', 'analyst', 'session_timezone=Europe/Berlin&max_execution_time=5'),
    ).toBe('1');
    expect(await sql(server, 'SELECT a FROM freshet.orders_log', 'gateway', 'max_execution_time=5')).toBe(
      '1',
    );
    expect(await sql(server, 'INSERT INTO freshet.orders_log VALUES (1)', 'gateway')).toMatch(
      /READONLY|ACCESS_DENIED/,
    );
    expect(await sql(server, 'SELECT count() FROM numbers(1)', 'default')).toMatch(
      /QUOTA_EXCEEDED|ACCESS_DENIED/,
    );
  });

  it('names the port that is taken and the setting to change', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(start({ httpPort: port })).rejects.toThrow(
      new RegExp(`Port ${port} is taken .*FRESHET_CLICKHOUSE_HTTP_PORT`),
    );
    other.close();
  });

  it('does not call itself started when a port is taken before it listens there', async () => {
    const dataDir = folder();
    const tcpPort = await freePort();
    const starting = start({ dataDir, tcpPort });
    // The ports have been looked at by then, and the engine is only being loaded.
    while (!existsSync(join(dataDir, 'server.pid'))) await delay(1);
    const other = createServer().listen(tcpPort, '127.0.0.1');
    await once(other, 'listening');
    await expect(starting).rejects.toThrow('A port of ClickHouse is taken by another program');
    other.close();
  });

  it('refuses a data folder in use, and any address that others can reach', async () => {
    const dataDir = folder();
    const first = await start({ dataDir });
    await expect(start({ dataDir })).rejects.toThrow(`is in use by process ${first.pid}`);
    rmSync(join(dataDir, 'server.pid'));
    await expect(start({ dataDir })).rejects.toThrow('is in use by another process');
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow('loopback only');
  });

  it('says that the folder cannot be written', async () => {
    await expect(start({ dataDir: '/dev/null/nowhere' })).rejects.toThrow(
      'cannot write to /dev/null/nowhere',
    );
  });

  it('tells when it dies, and comes back with whole inserts after kill -9', async () => {
    const dataDir = folder();
    const exits = new EventEmitter();
    const died = once(exits, 'exit');
    const first = await start({ dataDir, onExit: (exit) => exits.emit('exit', exit.signal) });
    await run(first, 'CREATE DATABASE freshet');
    await run(first, 'CREATE TABLE freshet.t (a UInt64) ENGINE = MergeTree ORDER BY a');
    await run(first, 'INSERT INTO freshet.t SELECT number FROM numbers(1000)');
    process.kill(first.pid, 'SIGKILL');
    expect(await died).toEqual(['SIGKILL']);
    const second = await start({ dataDir });
    expect(await sql(second, 'SELECT count() FROM freshet.t')).toBe('1000');
  });

  it('ends when its parent is killed, and the next start finds the folder free', async () => {
    const dataDir = folder();
    const { httpPort, tcpPort, stop } = await start({ dataDir });
    await stop();
    const server = fileURLToPath(new URL('../../clickhouse/server.mjs', import.meta.url));
    const argv = [server, join(dataDir, 'store'), join(dataDir, 'config.xml')];
    const parent = spawn(
      process.execPath,
      [
        '-e',
        `const child = require('node:child_process').spawn(process.execPath, ${JSON.stringify(argv)},
           { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
         console.log(child.pid);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [words] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(words.toString());
    const identified = (one: number): object => ({ pid: one, identity: processIdentity(one) });
    writeFileSync(
      join(dataDir, 'server.pid'),
      JSON.stringify({ server: identified(pid), parent: identified(parent.pid ?? 0) }),
    );
    await expect(start({ dataDir, httpPort, tcpPort })).rejects.toThrow(`in use by process ${pid}`);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const second = await start({ dataDir, httpPort, tcpPort });
    expect(processIdentity(pid)).toBeUndefined();
    expect(second.pid).not.toBe(pid);
  });
});
