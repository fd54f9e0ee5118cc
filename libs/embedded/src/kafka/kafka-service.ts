import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { freePort, requirePort } from '../process/port.js';
import { MissingPrerequisite } from '../process/prerequisite.js';
import { endStale } from '../process/stale.js';
import type { Service } from '../supervisor/service.js';
import { answersAsBroker } from './answers.js';
import { ensureKafkaJars } from './jars.js';
import { serverProperties } from './properties.js';

export interface KafkaSettings {
  /** Freshet's data folder; Kafka keeps everything in `kafka` below it. */
  readonly dataDir: string;
  readonly port: number;
  readonly host?: string;
}

const GRACE_MS = 6_000;
const guard = fileURLToPath(new URL('../../kafka/guard.mjs', import.meta.url));
const execute = promisify(execFile);

/** Apache Kafka as a single KRaft node, its Java process owned by a guard that ends it with its launcher. */
export function kafkaService(settings: KafkaSettings): Service {
  const host = settings.host ?? '127.0.0.1';
  const folder = resolve(settings.dataDir, 'kafka');
  const logFolder = join(folder, 'log');
  const propertiesFile = join(folder, 'server.properties');
  const pidFile = join(folder, 'java.pid');
  let program = { java: 'java', classPath: '' };

  return {
    name: 'kafka',
    readyWithinMs: 60_000,
    stopWithinMs: GRACE_MS + 500,
    async prepare() {
      program = await ensureKafkaJars();
      await mkdir(folder, { recursive: true });
      await endStale(pidFile, GRACE_MS);
      await requirePort(settings.port, host, 'Kafka', 'FRESHET_KAFKA_PORT');
      const controllerPort = await freePort();
      await writeFile(
        propertiesFile,
        serverProperties({ host, port: settings.port, controllerPort, logFolder }),
      );
      if (!existsSync(join(logFolder, 'meta.properties'))) {
        await format(program.java, program.classPath, propertiesFile);
      }
    },
    command: () => ({
      program: process.execPath,
      args: [
        guard,
        pidFile,
        String(GRACE_MS),
        program.java,
        '-Xms256m',
        '-Xmx1g',
        '-XX:+UseG1GC',
        '-XX:MaxGCPauseMillis=20',
        // The second compiler worked for minutes on what a broker of one machine never repays: decision 55.
        '-XX:TieredStopAtLevel=1',
        '-Djava.awt.headless=true',
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
        '-Dorg.slf4j.simpleLogger.showDateTime=true',
        '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
        '-cp',
        program.classPath,
        'kafka.Kafka',
        propertiesFile,
      ],
    }),
    ready: () => answersAsBroker(host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host, settings.port),
  };
}

async function format(java: string, classPath: string, propertiesFile: string): Promise<void> {
  // 22 characters of a UUID in base64; a leading `-` would be read as an option.
  const clusterId = `F${randomBytes(16).toString('base64url').slice(1)}`;
  const args = [
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
    '-cp',
    classPath,
    'kafka.tools.StorageTool',
  ];
  try {
    await execute(java, [...args, 'format', '-t', clusterId, '-c', propertiesFile, '--ignore-formatted']);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    // Its last words; none when it was killed.
    const said = stderr.trim().split('\n').slice(-3).join(' ').slice(-400) || String(error);
    throw new MissingPrerequisite(
      `Kafka could not prepare its storage beside ${propertiesFile}: check that the disk has room and that the folder is writable. It said: ${said}`,
    );
  }
}
