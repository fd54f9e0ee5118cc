import { type ClickHouseClient } from '@clickhouse/client';

/** Rows of a statement without FORMAT; 64-bit integers come as numbers, so they must be below 2^53. */
export async function readRows<Row>(
  client: ClickHouseClient,
  query: string,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<Row[]> {
  const answer = await client.query({
    query,
    query_params: parameters,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  return answer.json<Row>();
}
