import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { basename } from 'node:path';
import { root } from '../places.js';

/** What a result was measured on and with. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  /** File system of the temporary folder, where broker and store have their data; absent in older results. */
  readonly files?: string;
  readonly node: string;
  readonly java: string;
  readonly commit: string;
  readonly versions: Readonly<Record<string, string>>;
}

export function describeMachine(): Machine {
  const pom = readFileSync(`${root}/bench/rivals/pom.xml`, 'utf8');
  const property = (name: string) => new RegExp(`<${name}>(.*)</${name}>`).exec(pom)?.[1] ?? 'unknown';
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    files: fileSystem(tmpdir()),
    node: process.version,
    java: firstLine('java', ['--version']),
    commit: firstLine('git', ['-C', root, 'describe', '--always', '--dirty']),
    versions: {
      kafkaStreams: property('kafka.version'),
      flink: property('flink.version'),
      flinkKafkaConnector: property('flink.kafka.version'),
    },
  };
}

/** What `folder` is on. An ext4 without a journal makes a run slower that follows one that removed many files: README. */
function fileSystem(folder: string): string {
  const found = firstLine('findmnt', ['-nro', 'FSTYPE,SOURCE', '--target', folder]);
  const [type = 'unknown', device = ''] = found.split(' ');
  if (type !== 'ext4') return type;
  const journals = existsSync('/proc/fs/jbd2') ? readdirSync('/proc/fs/jbd2') : [];
  const hasJournal = journals.some((name) => name.startsWith(`${basename(device)}-`));
  return hasJournal ? 'ext4' : 'ext4 without a journal';
}

function firstLine(program: string, parameters: readonly string[]): string {
  try {
    return execFileSync(program, parameters, { encoding: 'utf8' }).split('\n')[0] ?? '';
  } catch {
    return 'unknown';
  }
}
