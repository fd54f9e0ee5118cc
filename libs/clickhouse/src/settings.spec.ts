import { expect, it } from 'vitest';
import { clickHouseSettingsFromEnv, maskedClickHouse } from './settings.js';

const DEFAULTS = { url: 'http://127.0.0.1:8123', user: 'freshet' };

it('reads where the store is and who we are, with defaults for what is not set or empty', () => {
  expect(clickHouseSettingsFromEnv({ CLICKHOUSE_URL: '', CLICKHOUSE_USER: '' }, DEFAULTS)).toEqual({
    ...DEFAULTS,
    password: '',
    authorityFile: undefined,
  });
  const env = {
    CLICKHOUSE_URL: 'https://store:8443',
    CLICKHOUSE_USER: 'me',
    CLICKHOUSE_PASSWORD: 'secret',
    CLICKHOUSE_CA_FILE: '/ca.pem',
  };
  const read = clickHouseSettingsFromEnv(env, DEFAULTS);
  expect(read).toEqual({
    url: 'https://store:8443',
    user: 'me',
    password: 'secret',
    authorityFile: '/ca.pem',
  });
  expect(JSON.stringify(maskedClickHouse(read))).not.toContain('secret');
});

it.each(['store:8123', 'tcp://store:9000', 'http://'])('refuses %s by the name of the variable', (url) => {
  expect(() => clickHouseSettingsFromEnv({ CLICKHOUSE_URL: url }, DEFAULTS)).toThrow(
    /CLICKHOUSE_URL is ".*": write/,
  );
});
