import { type ClickHouseClient } from '@clickhouse/client';
import { type OriginalStore } from '@freshet/ingestion';
import { WRITE_SETTINGS } from '../client.js';

/** Originals of dead letters in `freshet.dead_letter_originals_log`. Needs the tables that `migrate` makes. */
export function createOriginalStore(client: ClickHouseClient): OriginalStore {
  return {
    async writeOriginals(letters) {
      // One at a time: each may be as large as the broker's records may be.
      for (const { source, offset, logTimeMs, reason, key, value } of letters) {
        await client.insert({
          table: 'freshet.dead_letter_originals_log',
          columns: [
            'topic',
            'incarnation',
            'partition',
            'offset',
            'log_time',
            'reason',
            'key_base64',
            'value_base64',
          ],
          values: [
            {
              ...source,
              offset,
              log_time: new Date(logTimeMs).toISOString().replace('T', ' ').replace('Z', ''),
              reason,
              key_base64: base64(key),
              value_base64: base64(value),
            },
          ],
          format: 'JSONEachRow',
          clickhouse_settings: WRITE_SETTINGS,
        });
      }
    },
  };
}

function base64(bytes: Uint8Array | null): string {
  return bytes === null
    ? ''
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
