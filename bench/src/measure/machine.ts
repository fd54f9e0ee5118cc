import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { root } from '../places.js';

/** What a result was measured on and with. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
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

function firstLine(program: string, parameters: readonly string[]): string {
  try {
    return execFileSync(program, parameters, { encoding: 'utf8' }).split('\n')[0] ?? '';
  } catch {
    return 'unknown';
  }
}
