import { type ClickHouseClient } from '@clickhouse/client';
import { WRITE_SETTINGS } from '../client.js';

/** What ingest made of the files of the catalogue. */
export interface CatalogueLoad {
  /** Ingest process. */
  readonly instance: string;
  /** Hash over the files. */
  readonly fingerprint: string;
  /** Why it goes on with what it had; empty: taken into use. */
  readonly problems: readonly string[];
}

/** The newest of all loads. */
export const NEWEST_LOAD_SQL = `SELECT instance, fingerprint, problems FROM freshet.catalogue_loads_log ORDER BY at DESC LIMIT 1`;

export async function writeLoad(client: ClickHouseClient, load: CatalogueLoad): Promise<void> {
  await client.insert({
    table: 'freshet.catalogue_loads_log',
    values: [load],
    format: 'JSONEachRow',
    clickhouse_settings: WRITE_SETTINGS,
  });
}
