import { relative } from 'node:path';

import { describeExit, ServiceFailed, type SupervisorEvent } from '@freshet/embedded';

import { LOOPBACK, reachable, readConfig, type CliConfig } from '../config.js';
import { Launcher, type Launched } from '../launch/launcher.js';
import { Steps } from '../launch/steps.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs everything until Ctrl-C or SIGTERM; resolves the exit code. The first signal stops in order within
 * 10 s, the second one kills. Throws what the start threw, after all of it is down again.
 */
export async function up(): Promise<number> {
  const config = readConfig(process.env);
  const steps = new Steps(process.stdout);
  const launcher = new Launcher(config, steps, (event) => steps.say(describe(event)));
  // A closed terminal must not end the launcher in the middle of its stop.
  process.stdout.on('error', () => undefined);

  let stopped: Promise<number> | undefined;
  const asked = new Promise<number>((resolve) => {
    for (const signal of STOP_SIGNALS) {
      process.on(signal, () => {
        if (stopped) {
          launcher.kill();
          process.exit(130);
        }
        steps.say('\nStopping (once more to end at once) …');
        stopped = launcher.stop().then(() => 0);
        resolve(stopped);
      });
    }
  });

  const started = launcher.start().then((launched) => {
    if (!stopped) steps.say(banner(config, launched));
  });
  try {
    await Promise.race([started, asked]);
  } catch (error) {
    if (!stopped) {
      stopped = launcher.stop().then(() => 1);
      await stopped;
      if (error instanceof ServiceFailed) steps.say(`\nIts whole output is in ${config.dataDir}/logs.`);
      throw error;
    }
  }
  // A start that is overtaken by a signal fails as its children end.
  started.catch(() => undefined);
  const code = await asked;
  steps.say('Stopped; what is stored stays. `npm start` goes on from here.');
  return code;
}

function describe(event: SupervisorEvent): string {
  const { name } = event;
  const again = (ms: number) => `${ms / 1000} s`;
  if (event.kind === 'serves-again') return `  ✓ ${name} serves again`;
  if (event.kind === 'died') {
    return `  ! ${name} died ${describeExit(event.exit)}, started again in ${again(event.againInMs)}`;
  }
  return `  ! ${name} did not start, tried again in ${again(event.againInMs)}: ${event.reason}`;
}

function banner(config: CliConfig, launched: Launched): string {
  const { dataDir, host, port, clickHouseTcpPort } = config;
  const { brokers, clickHouseUrl, analystPassword, catalogue } = launched;
  const folder = relative(process.cwd(), dataDir) || dataDir;
  const metric = catalogue.metrics[0]?.name ?? 'orders';
  const query = `SELECT * FROM metrics.${metric} ORDER BY window_start DESC LIMIT 5 FORMAT PrettyCompact`;
  const lines = [
    '',
    `  Dashboard    http://${reachable(host)}:${port}`,
    `  API          http://${reachable(host)}:${port}/api/docs`,
    ...(analystPassword === undefined
      ? [`  ClickHouse   ${clickHouseUrl} (yours): database metrics has a view a metric`]
      : [
          `  ClickHouse   ${clickHouseUrl}, native ${LOOPBACK}:${clickHouseTcpPort}, user analyst, password ${analystPassword}`,
          `  Try          curl '${clickHouseUrl}/' -u 'analyst:${analystPassword}' -d '${query}'`,
        ]),
    `  Kafka        ${brokers}, topics ${catalogue.contracts.map(({ topic }) => topic).join(', ')}`,
    ...(config.withShop
      ? []
      : ['  Shop         not started, because Kafka is yours: `npm run shop` produces its events there']),
    `  Logs         ${folder}/logs`,
    '',
    `  Ctrl-C stops everything; what is stored stays in ${folder} (\`npm run reset\` removes it).`,
    '',
  ];
  return lines.join('\n');
}
