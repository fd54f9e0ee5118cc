import { rmSync, writeFileSync } from 'node:fs';

import { endStale } from '../process/stale.js';
import { spawnService } from './child.js';
import type { Service } from './service.js';
import type { Unit } from './supervisor.js';

const STALE_GRACE_MS = 3_000;

/** A service as a unit. With `pidFile`, one left over from a launcher that was killed is ended before a start. */
export function serviceUnit(service: Service, pidFile?: string): Unit {
  return {
    name: service.name,
    async start(output) {
      if (pidFile) await endStale(pidFile, STALE_GRACE_MS);
      await service.prepare?.();
      const child = spawnService(service, output);
      if (pidFile) {
        const { program, args } = service.command();
        writeFileSync(pidFile, JSON.stringify({ pid: child.pid, command: [program, ...args] }));
        void child.exited.then(() => rmSync(pidFile, { force: true }));
      }
      try {
        await child.untilReady();
      } catch (error) {
        child.kill();
        await child.exited;
        throw error;
      }
      return {
        exited: child.exited,
        stop: async (limitMs) => void (await child.stop(limitMs)),
        kill: () => child.kill(),
      };
    },
  };
}
