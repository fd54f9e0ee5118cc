import { createClickHouse, type ClickHouseConnection } from '@freshet/clickhouse';
import { MissingPrerequisite } from '@freshet/embedded';
import { createKafka, kafkaSettingsFromEnv } from '@freshet/kafka';

const ANSWER_LIMIT_MS = 10_000;

/** Asks the user's own Kafka for its brokers; resolves what to print. Throws MissingPrerequisite. */
export async function reachOwnKafka(env: NodeJS.ProcessEnv): Promise<string> {
  const settings = kafkaSettingsFromEnv(env, 'freshet');
  const admin = createKafka(settings).admin({ retry: { retries: 2 } });
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    return `${settings.brokers.join(', ')} (yours, ${brokers.length} brokers)`;
  } catch (error) {
    throw new MissingPrerequisite(
      `Your Kafka at ${settings.brokers.join(', ')} does not let us in (${(error as Error).message}): check KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_*, or unset KAFKA_BROKERS to run the embedded one.`,
    );
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** Asks the user's own ClickHouse for its version; resolves what to print. Throws MissingPrerequisite. */
export async function reachOwnClickHouse(connection: ClickHouseConnection): Promise<string> {
  const { url, authorityFile, ...account } = connection;
  const client = createClickHouse({
    url,
    ...account,
    application: 'freshet',
    timeoutMs: ANSWER_LIMIT_MS,
    ...(authorityFile === undefined ? {} : { authorityFile }),
  });
  try {
    const answer = await client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' });
    const [row] = await answer.json<{ version: string }>();
    return `${url} (yours, version ${row?.version ?? 'unknown'})`;
  } catch (error) {
    throw new MissingPrerequisite(
      `Your ClickHouse at ${url} does not let us in (${(error as Error).message.slice(0, 200)}): check CLICKHOUSE_URL, CLICKHOUSE_USER, CLICKHOUSE_PASSWORD and CLICKHOUSE_CA_FILE, or unset CLICKHOUSE_URL to run the embedded one.`,
    );
  } finally {
    await client.close();
  }
}
