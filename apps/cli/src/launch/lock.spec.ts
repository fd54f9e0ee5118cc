import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { commandLine } from '@freshet/embedded';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { launcherOf, lockDataFolder } from './lock.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freshet-lock-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(pid: number, command: string | undefined): void {
  writeFileSync(join(folder, 'launcher.json'), JSON.stringify({ pid, command }));
}

describe('lockDataFolder', () => {
  it('is given back and taken again', async () => {
    const lock = await lockDataFolder(folder);
    expect(lock.afterCrash).toBe(false);
    lock.release();
    expect((await lockDataFolder(folder)).afterCrash).toBe(false);
  });

  it('names the launcher that holds the folder', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      await vi.waitFor(async () => expect(await commandLine(other.pid!)).toContain('setInterval'));
      write(other.pid!, await commandLine(other.pid!));
      expect(await launcherOf(folder)).toBe(other.pid);
      await expect(lockDataFolder(folder)).rejects.toThrow(
        `already runs on ${folder} (process ${other.pid})`,
      );
    } finally {
      other.kill('SIGKILL');
    }
  });

  it.each([
    ['of a process that is gone', 2 ** 22 + 1, 'node tools/start.mjs'],
    ['whose number another program has now', 1, 'node tools/start.mjs'],
    ['of an earlier process with our number', process.pid, 'node tools/start.mjs'],
    ['that a crash cut short', 1, undefined],
  ])('takes over a lock %s', async (_, pid, command) => {
    write(pid, command);
    expect((await lockDataFolder(folder)).afterCrash).toBe(true);
  });
});
