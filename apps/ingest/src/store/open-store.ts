import { hostname } from 'node:os';
import type { ArchiveStore, MetricStore, OriginalStore, PastStore } from '@freshet/ingestion';
import {
  checkContracts,
  createArchiveStore,
  createClickHouse,
  createFreshnessStore,
  createMetricStore,
  createOriginalStore,
  createPastStore,
  migrate,
  readPromoted,
  readPromotionRequests,
  SchemaConflict,
  writeLoad,
  type Definitions,
} from '@freshet/clickhouse';
import type { FreshnessStore } from '@freshet/freshness';
import type { Logger } from 'pino';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { IngestConfig } from '../config.js';
import { Backoff } from '../reading/backoff.js';

export interface OpenStore {
  readonly metrics: MetricStore;
  readonly originals: OriginalStore;
  readonly past: PastStore;
  readonly archive: ArchiveStore;
  readonly freshness: FreshnessStore;
  readonly definitions: Definitions;
  /** Revision that is read of each metric now; empty: none. */
  promoted(): Promise<ReadonlyMap<string, string>>;
  /** Whether a person asked for a revision since the definitions were worked out. */
  isAskedAnew(): Promise<boolean>;
  /** Whether the tables can become what a catalogue says; changes nothing. @throws SchemaConflict */
  check(next: Catalogue): Promise<void>;
  /** Brings words of a catalogue that counts the same into the store: comments, owners, titles. */
  describe(next: Catalogue): Promise<void>;
  /** Says what became of the files. */
  report(fingerprint: string, problems: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects to ClickHouse and brings its tables up to date, again and again until it answers.
 * @returns undefined when stopped before
 * @throws SchemaConflict when the tables hold what the catalogue contradicts: only a person can decide
 */
export async function openStore(
  config: IngestConfig,
  catalogue: Catalogue,
  logger: Logger,
  signal: AbortSignal,
): Promise<OpenStore | undefined> {
  const { url, user, password, authorityFile } = config.clickhouse;
  const client = createClickHouse({
    url,
    user,
    password,
    application: 'freshet-ingest',
    ...(authorityFile === undefined ? {} : { authorityFile }),
  });
  const { contracts, metrics, ratios } = catalogue;
  const backoff = new Backoff(250, 5_000);
  let told = '';
  while (!signal.aborted) {
    try {
      const definitions = await migrate({ client, contracts, metrics, ratios, retention: config.retention });
      logger.info('tables are up to date');
      return {
        metrics: createMetricStore(client, contracts),
        originals: createOriginalStore(client),
        past: createPastStore(client, contracts, ratios),
        archive: createArchiveStore(client),
        freshness: createFreshnessStore(client),
        definitions,
        promoted: async () =>
          new Map((await readPromoted(client)).map(({ metric, revision }) => [metric, revision])),
        isAskedAnew: async () => {
          const requests = await readPromotionRequests(client);
          return JSON.stringify(requests) !== JSON.stringify(definitions.requests);
        },
        check: (next) => checkContracts(client, next.contracts),
        describe: async ({ contracts, metrics, ratios }) => {
          await migrate({ client, contracts, metrics, ratios, retention: config.retention });
        },
        report: (fingerprint, problems) =>
          writeLoad(client, { instance: `${hostname()}/${process.pid}`, fingerprint, problems }),
        close: () => client.close(),
      };
    } catch (error) {
      if (error instanceof SchemaConflict) {
        await client.close();
        throw error;
      }
      const why = error instanceof Error ? error.message : String(error);
      if (why !== told) logger.warn({ why }, 'the store cannot be used yet');
      told = why;
      await backoff.wait(signal);
    }
  }
  await client.close();
  return undefined;
}
