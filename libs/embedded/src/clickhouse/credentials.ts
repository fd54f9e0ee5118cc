import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Users of the embedded ClickHouse: what each may do is in `users-xml.ts`. */
export const CLICKHOUSE_USERS = ['freshet', 'gateway', 'analyst'] as const;
export type ClickHouseUser = (typeof CLICKHOUSE_USERS)[number];

/** Password of each user. */
export type ClickHouseCredentials = Readonly<Record<ClickHouseUser, string>>;

/**
 * Passwords kept in `file` (mode 0600), made at the first call: 128 random bits each, in characters that need
 * no escaping in a URL or a shell. Users that a newer version adds get theirs at its first start.
 * Throws when the file exists and cannot be read as JSON.
 */
export function loadCredentials(file: string): ClickHouseCredentials {
  const known: Partial<Record<ClickHouseUser, unknown>> = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)
    : {};
  let added = false;
  const credentials = {} as Record<ClickHouseUser, string>;
  for (const user of CLICKHOUSE_USERS) {
    const password = known[user];
    if (typeof password === 'string' && password !== '') {
      credentials[user] = password;
    } else {
      credentials[user] = randomBytes(16).toString('hex');
      added = true;
    }
  }
  if (added) writeFileSync(file, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  return credentials;
}
