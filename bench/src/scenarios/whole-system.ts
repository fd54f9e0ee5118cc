import { freePorts } from '@freshet/embedded';
import { type Cleanup } from '../cleanup.js';
import { root, temporaryFolder } from '../places.js';
import { startProgram, type Running } from '../processes.js';
import { waitUntil } from '../waiting.js';

/** All that `npm start` brings up, on ports and in a folder of its own. */
export interface WholeSystem {
  readonly url: string;
  readonly launcher: Running;
  readonly dataDir: string;
  /** From the command to the first healthy answer. */
  readonly startSeconds: number;
}

/** `npm start` looks for packages and compiled code first; `up` is the launcher alone. */
const COMMANDS = {
  'npm start': ['tools/start.mjs'],
  up: [
    '--input-type=module',
    '--eval',
    "const { main } = await import('./apps/cli/dist/main.js'); process.exit(await main(['up']));",
  ],
} as const;

interface Circumstances {
  readonly env?: Readonly<Record<string, string>>;
  /** Absent: a new one. */
  readonly dataDir?: string;
  /** Of the code; absent: this repository. */
  readonly folder?: string;
}

/** Starts it and waits for its health. */
export async function startWholeSystem(
  cleanup: Cleanup,
  command: keyof typeof COMMANDS,
  { env = {}, dataDir = newFolder(cleanup), folder = root }: Circumstances = {},
): Promise<WholeSystem> {
  // Shop and ingest have the two after the first.
  const [port, , , kafkaPort, httpPort, tcpPort] = await freePorts(6);
  const url = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const settings = {
    FRESHET_PORT: String(port),
    FRESHET_KAFKA_PORT: String(kafkaPort),
    FRESHET_CLICKHOUSE_HTTP_PORT: String(httpPort),
    FRESHET_CLICKHOUSE_TCP_PORT: String(tcpPort),
    FRESHET_DATA_DIR: dataDir,
    ...env,
  };
  const launcher = startProgram(cleanup, command, process.execPath, COMMANDS[command], settings, folder);
  await waitUntil(
    'a healthy answer',
    () => {
      launcher.requireAlive();
      return fetch(`${url}/api/health`).then(
        (answer) => answer.ok,
        () => false,
      );
    },
    { everyMs: 100, limitMs: 600_000 },
  );
  return { url, launcher, dataDir, startSeconds: (performance.now() - startedAt) / 1e3 };
}

function newFolder(cleanup: Cleanup): string {
  const folder = temporaryFolder('system');
  cleanup.add(folder.remove);
  return folder.path;
}
