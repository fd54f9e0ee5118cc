import { setTimeout as delay } from 'node:timers/promises';

import { reachable, type CliConfig } from '../config.js';

const ASK_EVERY_MS = 250;

interface Health {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly status: string; readonly detail: string }>>;
}

/** Where the gateway tells how the whole system is. */
export function healthUrl({ host, port }: CliConfig): string {
  return `http://${reachable(host)}:${port}/api/health`;
}

/** Waits until the system is well, at most `limitMs`; resolves in words what it is then, red checks by name. */
export async function untilHealthy(url: string, limitMs: number): Promise<string> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const health = await ask(url);
    if (health?.status === 'ok') return health.checks['ingest']?.detail ?? 'all is well';
    if (performance.now() >= deadline) return health === undefined ? 'no answer yet' : inWords(health);
    await delay(ASK_EVERY_MS);
  }
}

async function ask(url: string): Promise<Health | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return (await answer.json()) as Health;
  } catch {
    return undefined;
  }
}

function inWords({ checks }: Health): string {
  const red = Object.entries(checks).filter(([, { status }]) => status === 'red');
  return `not well yet: ${red.map(([name, { detail }]) => `${name}: ${detail}`).join('; ')}`;
}
