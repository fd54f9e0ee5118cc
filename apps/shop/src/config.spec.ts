import { expect, test } from 'vitest';

import { BadSetting, masked, readConfig } from './config.js';

test('defaults, then environment, then flags', () => {
  const plain = readConfig([], { FRESHET_PORT: '9000' });
  expect(plain).toMatchObject({
    rate: 10,
    dirt: 'default',
    speed: 21,
    controlPort: 9002,
    sourcesChosen: false,
  });
  expect(plain.kafka.brokers).toEqual(['127.0.0.1:9092']);
  const env = { FRESHET_SHOP_RATE: '50', FRESHET_SHOP_DIRT: 'low' };
  expect(readConfig(['--rate', '5000', '--seed', '7'], env)).toMatchObject({
    rate: 5_000,
    seed: 7,
    dirt: 'low',
  });
  expect(readConfig(['--no-replay', '--flat'], {})).toMatchObject({
    sources: ['simulation', 'house'],
    flat: true,
  });
});

test.each([
  [['--rate', 'fast'], /--rate "fast"/],
  [['--dirt', 'filthy'], /--dirt "filthy".*none/],
  [['--speeed', '2'], /--speeed/],
  [['--no-replay', '--no-simulation', '--no-house'], /all sources/],
  [['--time-zone', 'Mars/Olympus'], /--time-zone/],
])('%j is refused by name', (args, message) => {
  expect(() => readConfig(args, {})).toThrow(BadSetting);
  expect(() => readConfig(args, {})).toThrow(message);
});

test('passwords are not shown', () => {
  const config = readConfig([], {
    KAFKA_BROKERS: 'broker:9092',
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_SASL_USERNAME: 'shop',
    KAFKA_SASL_PASSWORD: 'hush',
  });
  expect(JSON.stringify(masked(config))).not.toContain('hush');
});
