import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createClient } from '@clickhouse/client';
import { createKafka, kafkaSettingsFromEnv, KafkaEventLog } from '@freshet/kafka';

import { checkCatalogue } from '../catalogue.js';
import { LOOPBACK, readConfig, type CliConfig } from '../config.js';
import { launcherOf } from '../launch/lock.js';

const execute = promisify(execFile);

/** Prints what one looks at first: versions, disk use, and how far the ledger is behind the log. */
export async function doctor(): Promise<number> {
  const config = readConfig(process.env);
  const pid = await launcherOf(config.dataDir);
  console.log(
    `Freshet      ${pid === undefined ? 'is not running' : `runs as process ${pid}`} on ${config.dataDir}`,
  );
  console.log(`Node         ${process.versions.node}`);
  console.log(`Java         ${await firstLine('java', ['-version'])}`);
  console.log(`Maven        ${await firstLine('mvn', ['-v', '-B'])}`);
  for (const name of ['kafka', 'clickhouse', 'logs']) {
    console.log(
      `${name.padEnd(12)} ${((await sizeBytes(join(config.dataDir, name))) / 1e6).toFixed(1)} MB on disk`,
    );
  }
  const { contracts, problems } = checkCatalogue(config.catalog);
  console.log(`Catalogue    ${problems.length} problems (\`freshet catalog check\` prints them)`);
  try {
    return await compare(
      config,
      contracts.map(({ topic }) => topic),
    );
  } catch (error) {
    console.log(`\nLog and ledger could not be compared: ${(error as Error).message}`);
    return 1;
  }
}

interface Progress {
  readonly topic: string;
  readonly partition: number;
  readonly panes_through: string;
  readonly facts_through: string;
}

async function compare(config: CliConfig, topics: readonly string[]): Promise<number> {
  const ledger = await readLedger(config);
  const env = {
    ...process.env,
    KAFKA_BROKERS: config.ownBrokers ?? `${LOOPBACK}:${config.kafkaPort}`,
  };
  const log = new KafkaEventLog(createKafka(kafkaSettingsFromEnv(env, 'freshet-doctor')), {
    groupPrefix: 'freshet-doctor',
  });
  console.log('\ntopic         partition   log from   log to   panes through   facts through   behind');
  try {
    for (const topic of topics) {
      const description = await log.describe(topic);
      if (!description) {
        console.log(`${topic.padEnd(14)}is not there`);
        continue;
      }
      const partitions = Array.from({ length: description.partitions }, (_, partition) => partition);
      const ends = (await log.ends(topic, partitions)).sort((a, b) => a.partition - b.partition);
      for (const { partition, logStart, lastStable } of ends) {
        const found = ledger.find((row) => row.topic === topic && row.partition === partition);
        const through = found ? Number(found.panes_through) : -1;
        const behind = Math.max(0, lastStable - 1 - Math.max(through, logStart - 1));
        const cells = [
          partition,
          logStart,
          lastStable,
          found ? through : '-',
          found?.facts_through ?? '-',
          behind,
        ];
        const widths = [9, 11, 9, 16, 16, 9];
        console.log(topic.padEnd(14) + cells.map((cell, at) => String(cell).padStart(widths[at]!)).join(''));
      }
    }
  } finally {
    await log.close();
  }
  return 0;
}

async function readLedger(config: CliConfig): Promise<Progress[]> {
  const credentials = config.ownClickHouse ?? {
    url: `http://${LOOPBACK}:${config.clickHouseHttpPort}`,
    user: 'analyst',
    password: analystPassword(config.dataDir),
  };
  const client = createClient({
    url: credentials.url,
    username: credentials.user,
    password: credentials.password,
    request_timeout: 10_000,
  });
  try {
    const result = await client.query({
      query: 'SELECT topic, partition, panes_through, facts_through FROM freshet.source_progress',
      format: 'JSONEachRow',
    });
    return await result.json<Progress>();
  } finally {
    await client.close();
  }
}

function analystPassword(dataDir: string): string {
  const file = join(dataDir, 'clickhouse', 'credentials.json');
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { analyst: string }).analyst;
  } catch {
    throw new Error(`there are no credentials at ${file}: has Freshet been started on this folder?`);
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
