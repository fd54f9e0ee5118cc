/** How to reach the store, as the environment says. */
export interface ClickHouseConnection {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** PEM file of the authority that signed the server's certificate; undefined: those of the system. */
  readonly authorityFile: string | undefined;
}

/**
 * Reads CLICKHOUSE_URL, CLICKHOUSE_USER, CLICKHOUSE_PASSWORD and CLICKHOUSE_CA_FILE; an empty variable is one that is
 * not set. Throws with the variable's name when one is wrong.
 */
export function clickHouseSettingsFromEnv(
  env: NodeJS.ProcessEnv,
  defaults: { readonly url: string; readonly user: string },
): ClickHouseConnection {
  const url = env['CLICKHOUSE_URL'] || defaults.url;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new Error(`CLICKHOUSE_URL is "${url}": write http://host:port or https://host:port.`);
  }
  return {
    url,
    user: env['CLICKHOUSE_USER'] || defaults.user,
    password: env['CLICKHOUSE_PASSWORD'] ?? '',
    authorityFile: env['CLICKHOUSE_CA_FILE'] || undefined,
  };
}

/** As it may be shown. */
export function maskedClickHouse(connection: ClickHouseConnection): object {
  return { ...connection, password: connection.password === '' ? '' : '***' };
}
