import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import kafkajs from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { freePort } from '../process/port.js';
import { commandLine } from '../process/stale.js';
import { kafkaService } from './kafka-service.js';
import { startKafka, type RunningKafka } from './start-kafka.js';

let dataDir: string;
let running: RunningKafka | undefined;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'freshet-kafka-'));
});
afterEach(async () => {
  running?.kill();
  await running?.exited;
  running = undefined;
  rmSync(dataDir, { recursive: true, force: true });
});

function client(kafka: RunningKafka) {
  return new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: kafkajs.logLevel.NOTHING });
}

function javaPid(): number {
  return (JSON.parse(readFileSync(join(dataDir, 'kafka', 'java.pid'), 'utf8')) as { pid: number }).pid;
}

async function untilGone(pid: number): Promise<void> {
  const deadline = performance.now() + 15_000;
  while ((await commandLine(pid)) !== undefined) {
    if (performance.now() > deadline) throw new Error(`process ${pid} still runs`);
    await delay(50);
  }
}

describe('startKafka', () => {
  it('serves, and keeps topics over a stop and over kill -9 of guard and Java', async () => {
    const port = await freePort();
    running = await startKafka({ dataDir, port });
    const admin = client(running).admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'orders', numPartitions: 4 }] });
    await admin.disconnect();
    const first = javaPid();
    await running.stop();
    expect(await commandLine(first)).toBeUndefined();

    running = await startKafka({ dataDir, port });
    running.kill();
    await running.exited;
    running = await startKafka({ dataDir, port });
    const again = client(running).admin();
    await again.connect();
    expect(await again.listTopics()).toContain('orders');
    await again.disconnect();
  });

  it('ends the Java process of a guard that was killed before it starts another one', async () => {
    const port = await freePort();
    running = await startKafka({ dataDir, port });
    const orphan = javaPid();
    process.kill(running.pid, 'SIGKILL');
    await running.exited;
    expect(await commandLine(orphan)).toBeDefined();

    running = await startKafka({ dataDir, port });
    expect(await commandLine(orphan)).toBeUndefined();
    expect(javaPid()).not.toBe(orphan);
  });

  it('leaves no Java process behind when its launcher is killed', async () => {
    const port = await freePort();
    const service = kafkaService({ dataDir, port });
    await service.prepare?.();
    const { program, args } = service.command();
    const script = `require('node:child_process').spawn(${JSON.stringify(program)}, ${JSON.stringify(args)}, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })`;
    const launcher = spawn(process.execPath, ['-e', script]);
    await expect.poll(() => service.ready(), { timeout: 40_000 }).toBe(true);
    const pid = javaPid();
    launcher.kill('SIGKILL');
    await untilGone(pid);
  });

  it('says who holds a taken port and which setting moves it', async () => {
    const port = await freePort();
    running = await startKafka({ dataDir, port });
    const other = mkdtempSync(join(tmpdir(), 'freshet-kafka-'));
    await expect(startKafka({ dataDir: other, port })).rejects.toThrow(
      /Port \d+, meant for Kafka, is taken by java \(process \d+\): .*FRESHET_KAFKA_PORT/,
    );
    rmSync(other, { recursive: true, force: true });
  });
});
