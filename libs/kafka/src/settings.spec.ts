import { describe, expect, it } from 'vitest';

import { kafkaSettingsFromEnv } from './settings.js';

describe('kafkaSettingsFromEnv', () => {
  it('reads brokers, TLS and SASL', () => {
    expect(
      kafkaSettingsFromEnv(
        {
          KAFKA_BROKERS: 'one:9092, two:9092',
          KAFKA_SSL: 'true',
          KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
          KAFKA_SASL_USERNAME: 'u',
          KAFKA_SASL_PASSWORD: 'p',
        },
        'ingest',
      ),
    ).toEqual({
      brokers: ['one:9092', 'two:9092'],
      clientId: 'ingest',
      tls: true,
      sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
    });
  });

  it.each([
    [{}, /KAFKA_BROKERS is not set/],
    [{ KAFKA_BROKERS: 'one' }, /"one", which is not host:port/],
    [{ KAFKA_BROKERS: 'a:1', KAFKA_SASL_MECHANISM: 'gssapi' }, /must be one of plain/],
    [{ KAFKA_BROKERS: 'a:1', KAFKA_SASL_MECHANISM: 'plain' }, /KAFKA_SASL_USERNAME/],
    [{ KAFKA_BROKERS: 'a:1', KAFKA_SSL_CA_FILE: '/nowhere' }, /KAFKA_SSL_CA_FILE cannot be read/],
  ])('names what is wrong in %j', (env, message) => {
    expect(() => kafkaSettingsFromEnv(env, 'ingest')).toThrow(message);
  });
});
