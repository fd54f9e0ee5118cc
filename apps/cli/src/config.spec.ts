import { describe, expect, it } from 'vitest';

import { readConfig } from './config.js';

describe('readConfig', () => {
  it('starts everything embedded on loopback by default', () => {
    expect(readConfig({ KAFKA_BROKERS: '' })).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      ingestPort: 8081,
      shopPort: 8082,
      withShop: true,
      ownBrokers: undefined,
      ownClickHouse: undefined,
    });
  });

  it('starts no shop on a Kafka that is not ours, unless told to', () => {
    expect(readConfig({ KAFKA_BROKERS: 'a:9092' }).withShop).toBe(false);
    expect(readConfig({ KAFKA_BROKERS: 'a:9092', FRESHET_SHOP: 'true' }).withShop).toBe(true);
  });

  it('names every variable that is wrong', () => {
    expect(() => readConfig({ FRESHET_PORT: 'eighty', CLICKHOUSE_URL: 'localhost' })).toThrow(
      /FRESHET_PORT is "eighty".*\nCLICKHOUSE_URL is "localhost"/,
    );
  });
});
