import { join } from 'node:path';

import {
  startClickHouse,
  type ChildExit,
  type ClickHouseCredentials,
  type RunningUnit,
  type Unit,
} from '@freshet/embedded';

import { LOOPBACK, type CliConfig } from '../config.js';

/** The embedded ClickHouse; `onCredentials` is told its users' passwords at each start. */
export function clickHouseUnit(
  config: CliConfig,
  storageTables: readonly string[],
  onCredentials: (credentials: ClickHouseCredentials) => void,
): Unit {
  return {
    name: 'clickhouse',
    async start(): Promise<RunningUnit> {
      let exit!: (how: ChildExit) => void;
      const exited = new Promise<ChildExit>((resolve) => (exit = resolve));
      const running = await startClickHouse({
        dataDir: join(config.dataDir, 'clickhouse'),
        host: LOOPBACK,
        httpPort: config.clickHouseHttpPort,
        tcpPort: config.clickHouseTcpPort,
        storageTables,
        onExit: exit,
      });
      onCredentials(running.credentials);
      return {
        exited,
        async stop(limitMs) {
          await running.stop(limitMs);
          exit({ code: 0, signal: null });
        },
        kill: () => void running.stop(0),
      };
    },
  };
}
