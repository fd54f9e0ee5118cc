import { expect, it } from 'vitest';
import { ConfigError, maskedConfig, readConfig } from './config.js';

const env = { KAFKA_BROKERS: 'localhost:9092', CLICKHOUSE_PASSWORD: 'secret' };

it('has a default for everything but the brokers', () => {
  expect(readConfig(env)).toMatchObject({
    metricsPort: 8081,
    group: 'freshet',
    retention: { factsDays: 35, panesDays: 400, deadLettersMs: 14 * 86_400_000 },
    kafka: { brokers: ['localhost:9092'] },
  });
});

it('names the setting that is wrong', () => {
  expect(() => readConfig({})).toThrow(ConfigError);
  expect(() => readConfig({ ...env, FRESHET_METRICS_PORT: 'many' })).toThrow(/FRESHET_METRICS_PORT/);
  expect(() => readConfig({ ...env, CLICKHOUSE_URL: 'tcp://x' })).toThrow(/CLICKHOUSE_URL/);
});

it('never shows a secret', () => {
  const sasl = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 'secret' };
  expect(JSON.stringify(maskedConfig(readConfig({ ...env, ...sasl })))).not.toContain('secret');
});
