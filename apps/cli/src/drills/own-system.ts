import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { parseDurationMs } from '@freshet/contracts';
import { freePorts } from '@freshet/embedded';
import { parse, stringify } from 'yaml';

import { readConfig, workspaceRoot, type CliConfig } from '../config.js';
import { healthUrl, untilHealthy } from '../launch/health.js';
import { TeamWebhook } from './team-webhook.js';

/** A system of a drill's own, on free ports and in a folder of its own, with a catalogue that does not wait long. */
export interface OwnSystem {
  readonly config: CliConfig;
  /** The address of every team. */
  readonly webhook: TeamWebhook;
  stop(): Promise<void>;
}

const ANSWERS_WITHIN_MS = 180_000;
const STOPS_WITHIN_MS = 15_000;

/**
 * What a drill waits for, made short: the paths are the same. Applied to the text of the catalogue's files, so that a
 * drill runs on whatever contracts and metrics are there.
 */
const SHORTER: readonly (readonly [pattern: RegExp, by: string])[] = [
  [/actionWindow: \w+/g, 'actionWindow: 5s'],
  [/allowed: \w+/g, 'allowed: 10s'],
  [/\blate: \{[^}]*\}/g, 'late: { above: 5%, over: 1m }'],
  [/hopping: \w+/g, 'hopping: 2m'],
  [/\bfor: \d+\w+/g, 'for: 5s'],
];

/** Starts one; resolves when it is well. `settings` are added to its environment. */
export async function startOwnSystem(settings: Readonly<Record<string, string>> = {}): Promise<OwnSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'freshet-drill-'));
  const catalog = join(folder, 'catalog');
  const webhook = await TeamWebhook.start();
  shortenedCatalogue(catalog, webhook);
  // Ingest and the shop take the two after the first.
  const [port, , , kafkaPort, httpPort, tcpPort] = await freePorts(6);
  const env = {
    ...process.env,
    KAFKA_BROKERS: '',
    CLICKHOUSE_URL: '',
    FRESHET_PORT: String(port),
    FRESHET_HOST: '127.0.0.1',
    FRESHET_KAFKA_PORT: String(kafkaPort),
    FRESHET_CLICKHOUSE_HTTP_PORT: String(httpPort),
    FRESHET_CLICKHOUSE_TCP_PORT: String(tcpPort),
    FRESHET_DATA_DIR: join(folder, 'data'),
    FRESHET_CATALOG: catalog,
    FRESHET_SHOP: 'true',
    FRESHET_SHOP_BACKFILL_HOURS: '0',
    FRESHET_SHOP_FLAT: 'true',
    ...settings,
  };
  const launcher = spawn(
    process.execPath,
    [join(workspaceRoot, 'apps', 'cli', 'bin', 'compiled.mjs'), 'up'],
    {
      cwd: workspaceRoot,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [launcher.stdout, launcher.stderr]) {
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-8_192)));
  }
  const ended = new Promise<void>((resolve) => launcher.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    launcher.kill('SIGTERM');
    const late = delay(STOPS_WITHIN_MS).then(() => launcher.kill('SIGKILL'));
    await Promise.race([ended, late]);
    await webhook.down();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const config = readConfig(env);
  const state = await Promise.race([
    untilHealthy(healthUrl(config), ANSWERS_WITHIN_MS),
    ended.then(() => undefined),
  ]);
  if (state === undefined) {
    await stop();
    throw new Error(`the system for the drill ended while it started:\n${said}`);
  }
  return { config, webhook, stop };
}

function shortenedCatalogue(to: string, webhook: TeamWebhook): void {
  cpSync(readConfig(process.env).catalog, to, { recursive: true });
  const names = readdirSync(to, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.ya?ml$/.test(name),
  );
  const texts = new Map(names.map((name) => [name, readFileSync(join(to, name), 'utf8')]));
  const shortest = shortestSilence([...texts.values()]);
  for (const [name, text] of texts) {
    const shorter = SHORTER.reduce((before, [pattern, by]) => before.replace(pattern, by), text);
    const short = shorter.replace(`maxSilence: ${shortest}\n`, 'maxSilence: 15s\n');
    writeFileSync(join(to, name), name === 'teams.yaml' ? addressedTo(webhook, short) : short);
  }
}

/** Of the busiest topic alone: any other may well rest for some seconds, and would be told of, too. */
function shortestSilence(texts: readonly string[]): string | undefined {
  const silences = texts.flatMap((text) =>
    [...text.matchAll(/maxSilence: (\w+)\n/g)].map(([, silence = '']) => silence),
  );
  const ms = (silence: string): number => parseDurationMs(silence) ?? Infinity;
  return silences.toSorted((a, b) => ms(a) - ms(b))[0];
}

/** All teams, told at any hour at one address each. */
function addressedTo(webhook: TeamWebhook, text: string): string {
  const file = parse(text) as { readonly teams: readonly Record<string, unknown>[] };
  const teams = file.teams.map(({ hours: _, ...team }) => ({
    ...team,
    addresses: [{ webhook: { url: webhook.urlOf(String(team['name'])) } }],
  }));
  return stringify({ teams });
}
