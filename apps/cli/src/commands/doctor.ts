import { execFile } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { checkContracts, SchemaConflict } from '@freshet/clickhouse';
import { readArchives, readTableSizes } from '@freshet/clickhouse/operations';

import { readConfig, type CliConfig } from '../config.js';
import { archivesText, tablesText, topicsText } from '../doctor/doctor-text.js';
import { askIngest, examineTopics } from '../doctor/partitions.js';
import { readRetention, retentionText } from '../doctor/retention.js';
import { launcherOf } from '../launch/lock.js';
import { withConnections, type Connections } from '../operations/connections.js';
import { ofProcess, type Surroundings } from '../operations/surroundings.js';

const execute = promisify(execFile);

export interface DoctorOptions {
  readonly json?: boolean;
}

/**
 * Prints what one looks at first: versions, disk use, and the state of every partition with what it means and what to
 * do. Resolves 1 when something is to be done.
 */
export async function doctor(
  { json = false }: DoctorOptions = {},
  surroundings: Surroundings = ofProcess(),
): Promise<number> {
  const { env, print } = surroundings;
  const config = readConfig(env);
  if (!json) await printMachine(config, print);
  try {
    return await examine(json, surroundings, config);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    print(json ? JSON.stringify({ error: why }) : `\nLog and ledger could not be compared: ${why}`);
    return 1;
  }
}

async function examine(
  json: boolean,
  { env, print, nowMs }: Surroundings,
  config: CliConfig,
): Promise<number> {
  const owned = await askIngest(`http://127.0.0.1:${config.ingestPort}/health`);
  return withConnections(env, async (connections) => {
    const topics = await examineTopics(connections, owned, nowMs());
    const [tables, retention] = [await readTableSizes(connections.store), await readRetention(connections)];
    const conflict = await conflictOf(connections);
    const archives = await readArchives(connections.store, connections.metrics);
    const needsAction =
      conflict !== undefined || topics.some(({ partitions }) => partitions.some((each) => each.needsAction));
    if (json)
      print(
        JSON.stringify({ ingestAnswers: owned !== undefined, conflict, topics, tables, retention, archives }),
      );
    else {
      print(`Ingest       ${owned === undefined ? 'does not answer on this machine' : 'answers'}\n`);
      if (conflict !== undefined)
        print(
          `The catalogue and the tables contradict each other, and ingest refuses the files:\n→ ${conflict}\n`,
        );
      print(topicsText(topics));
      print(`\n${tablesText(tables)}\n\n${retentionText(retention)}\n\n${archivesText(archives)}`);
    }
    return needsAction ? 1 : 0;
  });
}

/** What the tables hold that the catalogue contradicts, with the remedy; undefined when nothing. */
async function conflictOf({ store, contracts }: Connections): Promise<string | undefined> {
  try {
    await checkContracts(store, contracts);
    return undefined;
  } catch (error) {
    if (error instanceof SchemaConflict) return error.message;
    throw error;
  }
}

async function printMachine(config: CliConfig, print: Surroundings['print']): Promise<void> {
  const pid = await launcherOf(config.dataDir);
  print(
    `Freshet      ${pid === undefined ? 'is not running' : `runs as process ${pid}`} on ${config.dataDir}`,
  );
  print(`Node         ${process.versions.node}`);
  print(`Java         ${await firstLine('java', ['-version'])}`);
  print(`Maven        ${await firstLine('mvn', ['-v', '-B'])}`);
  for (const name of ['kafka', 'clickhouse', 'logs']) {
    const megabytes = (await sizeBytes(join(config.dataDir, name))) / 1e6;
    print(`${name.padEnd(12)} ${megabytes.toFixed(1)} MB on disk`);
  }
  const freeBytes = freeOn(config.dataDir);
  if (freeBytes !== undefined) print(`free         ${(freeBytes / 1e9).toFixed(1)} GB`);
}

function freeOn(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

async function firstLine(program: string, args: string[]): Promise<string> {
  try {
    const { stdout, stderr } = await execute(program, args);
    return (stdout + stderr).trim().split('\n')[0] ?? '';
  } catch {
    return 'not found';
  }
}

async function sizeBytes(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return 0;
  if (!found.isDirectory()) return found.blocks * 512;
  const names = await readdir(path).catch(() => []);
  const sizes = await Promise.all(names.map((name) => sizeBytes(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
