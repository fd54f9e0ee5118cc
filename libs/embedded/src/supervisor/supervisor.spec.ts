import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { commandLine } from '../process/stale.js';
import type { Service } from './service.js';
import { serviceUnit } from './service-unit.js';
import { Supervisor, type SupervisorEvent } from './supervisor.js';

let folder: string;
let events: SupervisorEvent[];
let supervisor: Supervisor;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freshet-supervisor-'));
  events = [];
  supervisor = new Supervisor({
    logFolder: join(folder, 'logs'),
    onEvent: (event) => events.push(event),
    firstPauseMs: 10,
    longestPauseMs: 40,
  });
});
afterEach(() => {
  supervisor.kill();
  rmSync(folder, { recursive: true, force: true });
});

function service(name: string, script: string, readyWithinMs = 10_000): Service {
  const said = () => readFileSync(join(folder, 'logs', `${name}.log`), 'utf8').split('ready').length - 1;
  let before = 0;
  return {
    name,
    prepare: () => Promise.resolve(void (before = said())),
    command: () => ({ program: process.execPath, args: ['-e', script] }),
    ready: () => Promise.resolve(said() > before),
    readyWithinMs,
    stopWithinMs: 5_000,
  };
}

const SERVE = `setInterval(() => {}, 1000); process.on('SIGTERM', () => { console.log('stopped in order'); process.exit(0); }); console.log('ready')`;
const STUBBORN = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')`;

function pidOf(name: string): number {
  return (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { pid: number }).pid;
}

describe('Supervisor', () => {
  it('starts a unit again when it was killed, says so, and stops it in order', async () => {
    await supervisor.start(serviceUnit(service('app', SERVE), join(folder, 'app.pid')));
    const first = pidOf('app.pid');
    process.kill(first, 'SIGKILL');
    await vi.waitFor(() => expect(events.map(({ kind }) => kind)).toEqual(['died', 'serves-again']), 10_000);
    expect(events[0]).toMatchObject({ name: 'app', exit: { signal: 'SIGKILL' }, againInMs: 10 });
    expect(pidOf('app.pid')).not.toBe(first);
    await supervisor.stop(['app'], 5_000);
    expect(readFileSync(join(folder, 'logs', 'app.log'), 'utf8')).toMatch(/stopped in order/);
    expect(events).toHaveLength(2);
  });

  it('kills what does not stop in time', async () => {
    await supervisor.start(serviceUnit(service('stubborn', STUBBORN), join(folder, 'stubborn.pid')));
    const pid = pidOf('stubborn.pid');
    await supervisor.stop(['stubborn'], 100);
    expect(await commandLine(pid)).toBeUndefined();
  });

  it('tells with its last words why a first start failed', async () => {
    const failing = service('failing', `console.error('no catalogue at ./nowhere'); process.exit(3)`);
    await expect(supervisor.start(serviceUnit(failing))).rejects.toThrow(
      'failing ended (exit code 3) before it was ready: no catalogue at ./nowhere',
    );
  });

  it('ends what an earlier launcher left over before it starts its own', async () => {
    const pidFile = join(folder, 'app.pid');
    const earlier = new Supervisor({ logFolder: join(folder, 'logs'), onEvent: () => undefined });
    await earlier.start(serviceUnit(service('app', STUBBORN), pidFile));
    const orphan = pidOf('app.pid');
    await supervisor.start(serviceUnit(service('app', STUBBORN), pidFile));
    expect(await commandLine(orphan)).toBeUndefined();
    earlier.kill();
  });
});
