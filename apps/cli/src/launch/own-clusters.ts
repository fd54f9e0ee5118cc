import { MissingPrerequisite } from '@freshet/embedded';
import { createKafka, kafkaSettingsFromEnv } from '@freshet/kafka';

import type { CliConfig } from '../config.js';

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
export async function reachOwnClickHouse({
  url,
  user,
  password,
}: NonNullable<CliConfig['ownClickHouse']>): Promise<string> {
  const remedy =
    'check CLICKHOUSE_URL, CLICKHOUSE_USER and CLICKHOUSE_PASSWORD, or unset CLICKHOUSE_URL to run the embedded one';
  let answer: Response;
  try {
    answer = await fetch(`${url.replace(/\/$/, '')}/?query=SELECT+version()`, {
      headers: { 'x-clickhouse-user': user, 'x-clickhouse-key': password },
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
  } catch (error) {
    throw new MissingPrerequisite(
      `Your ClickHouse at ${url} does not answer (${(error as Error).message}): ${remedy}.`,
    );
  }
  const text = (await answer.text()).trim();
  if (!answer.ok)
    throw new MissingPrerequisite(`Your ClickHouse at ${url} refused (${text.slice(0, 200)}): ${remedy}.`);
  return `${url} (yours, version ${text})`;
}
