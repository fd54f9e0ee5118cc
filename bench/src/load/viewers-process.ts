import { once } from 'node:events';
import { type Cleanup } from '../cleanup.js';
import { type Quantiles } from '../measure/latency.js';
import { root } from '../places.js';
import { startProgram } from '../processes.js';

export interface Audience {
  readonly sockets: number;
  /** Of each socket. */
  readonly subscriptions: number;
  readonly seconds: number;
  /** Tokens of the users, each with an equal share of the sockets; empty: the built-in user. */
  readonly tokens?: readonly string[];
}

/** What an audience saw after its first ten seconds. */
export interface Seen {
  readonly connected: number;
  readonly snapshots: number;
  readonly updates: number;
  readonly updatesPerSecond: number;
  /** Milliseconds from when the server had a value to when the viewer had it. */
  readonly latency: Quantiles;
  readonly errors: Readonly<Record<string, number>>;
}

/** Opens the sockets of an audience in a process of its own. */
export function startViewers(
  cleanup: Cleanup,
  url: string,
  audience: Audience,
): { readonly seen: Promise<Seen> } {
  const script = `${root}/bench/dist/bench/src/load/view.js`;
  const viewers = startProgram(cleanup, 'viewers', process.execPath, [script, url, JSON.stringify(audience)]);
  const seen = once(viewers.child, 'exit').then(() => {
    if (viewers.child.exitCode !== 0) throw new Error(`the viewers failed: ${viewers.lastWords()}`);
    return JSON.parse(viewers.lastWords()) as Seen;
  });
  // Whoever does not ask for it does not want to hear of it.
  seen.catch(() => undefined);
  return { seen };
}
