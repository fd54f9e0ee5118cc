import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { readFileSync } from 'node:fs';

export interface ClickHouseSettings {
  /** `http://` or `https://`, with port. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** PEM file of the authority that signed the server's certificate; absent: those of the system. */
  readonly authorityFile?: string;
  /** Shown in the server's list of queries. */
  readonly application: string;
  /** Longest wait for an answer, by default 30 s. */
  readonly timeoutMs?: number;
}

/**
 * Settings of every write: an answer means stored, a repeat is a repeat (the keys make it harmless), and
 * small inserts do not fan out over threads.
 */
export const WRITE_SETTINGS = {
  async_insert: 0,
  insert_deduplicate: 0,
  max_insert_threads: '1',
  max_threads: 1,
  wait_end_of_query: 1,
  optimize_on_insert: 0,
} as const;

/** A client with keep-alive that gives a socket up before the server does. Connects at the first use. */
export function createClickHouse(settings: ClickHouseSettings): ClickHouseClient {
  return createClient({
    url: settings.url,
    username: settings.user,
    password: settings.password,
    application: settings.application,
    request_timeout: settings.timeoutMs ?? 30_000,
    max_open_connections: 8,
    // What goes wrong is thrown; its own printing would break up the apps' JSON lines.
    log: { level: ClickHouseLogLevel.OFF },
    keep_alive: { enabled: true, idle_socket_ttl: 2_000 },
    ...(settings.authorityFile === undefined
      ? {}
      : { tls: { ca_cert: readFileSync(settings.authorityFile) } }),
  });
}
