import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cleaningUp } from '../cleanup.js';
import { startViewers } from '../load/viewers-process.js';
import { calibrate, type Calibration } from '../measure/calibration.js';
import { residentBytes, treeOf, usageOf } from '../measure/usage.js';
import { startWholeSystem, type WholeSystem } from './whole-system.js';

/** The whole embedded system with the shop at 100 events/s and one viewer, by process. */
export interface IdleFigure {
  readonly eventsPerSecond: number;
  /** Cores of each process. */
  readonly cores: Readonly<Record<string, number>>;
  readonly coresInAll: number;
  readonly rssBytes: Readonly<Record<string, number>>;
  readonly calibration: Calibration;
}

const RATE = 100;
/** Until compilers and the first audit, which comes a minute after the start and then every 15, are done. */
const SETTLE_MS = 100_000;

export function measureIdle(seconds: number): Promise<IdleFigure> {
  return cleaningUp(async (cleanup) => {
    const system = await startWholeSystem(cleanup, 'up', {
      env: {
        FRESHET_SHOP_RATE: String(RATE),
        FRESHET_SHOP_FLAT: 'true',
        FRESHET_SHOP_SOURCES: 'simulation',
        FRESHET_SHOP_BACKFILL_HOURS: '0',
      },
    });
    startViewers(cleanup, system.url, {
      sockets: 1,
      subscriptions: 8,
      seconds: seconds + 60 + SETTLE_MS / 1_000,
    });
    await delay(SETTLE_MS);
    const processes = processesOf(system);
    const before = processes.map(({ pid }) => usageOf(pid).cpuSeconds);
    const startedAt = performance.now();
    await delay(seconds * 1_000);
    const wallSeconds = (performance.now() - startedAt) / 1e3;
    const cores: Record<string, number> = {};
    const rssBytes: Record<string, number> = {};
    processes.forEach(({ name, pid }, index) => {
      const spent = (usageOf(pid).cpuSeconds - (before[index] ?? 0)) / wallSeconds;
      cores[name] = (cores[name] ?? 0) + spent;
      rssBytes[name] = (rssBytes[name] ?? 0) + residentBytes(pid);
    });
    const coresInAll = Object.values(cores).reduce((sum, value) => sum + value, 0);
    const parts = Object.entries(cores).map(([name, value]) => `${name} ${value.toFixed(3)}`);
    console.log(`idle: ${coresInAll.toFixed(2)} cores in all (${parts.join(', ')})`);
    return { eventsPerSecond: RATE, cores, coresInAll, rssBytes, calibration: calibrate() };
  });
}

/** The launcher and all that it started, by the names that it keeps in its data folder. */
function processesOf({ launcher, dataDir }: WholeSystem): { name: string; pid: number }[] {
  const names = new Map<number, string>([[launcher.pid, 'launcher']]);
  for (const file of readdirSync(join(dataDir, 'run')).filter((name) => name.endsWith('.json'))) {
    const { pid } = JSON.parse(readFileSync(join(dataDir, 'run', file), 'utf8')) as { pid?: number };
    if (pid !== undefined) names.set(pid, file.replace('.json', ''));
  }
  return treeOf(launcher.pid).map((pid) => ({ pid, name: names.get(pid) ?? nameOf(pid) }));
}

function nameOf(pid: number): string {
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  if (command.includes('kafka.Kafka')) return 'kafka';
  if (command.includes('kafka/guard.mjs')) return 'kafka guard';
  return command.includes('clickhouse/server.mjs') ? 'clickhouse' : 'other';
}
