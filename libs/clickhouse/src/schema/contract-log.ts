import { type ClickHouseClient } from '@clickhouse/client';
import { announcesBreak, compareContracts, type Contract } from '@freshet/contracts';
import { WRITE_SETTINGS } from '../client.js';
import { readRows } from '../store/read-rows.js';
import { SchemaConflict } from './schema-conflict.js';

/** Contracts that run, newest row of each name. */
const RUNNING_CONTRACTS_SQL = `SELECT c.definition AS definition FROM freshet.contracts_log AS c
ORDER BY c.at DESC LIMIT 1 BY c.name`;

export async function readRunningContracts(client: ClickHouseClient): Promise<Contract[]> {
  const rows = await readRows<{ definition: string }>(client, RUNNING_CONTRACTS_SQL);
  return rows.map(({ definition }) => JSON.parse(definition) as Contract);
}

/**
 * A contract may break what it promised only when its version says so.
 * @throws SchemaConflict with every breaking change
 */
export function refuseSilentBreaks(running: readonly Contract[], next: readonly Contract[]): void {
  const before = new Map(running.map((contract) => [contract.name, contract]));
  for (const contract of next) {
    const known = before.get(contract.name);
    if (known === undefined || announcesBreak(known, contract)) continue;
    const breaking = compareContracts(known, contract).filter(({ kind }) => kind === 'breaking');
    if (breaking.length === 0) continue;
    throw new SchemaConflict(
      `${contract.file}: version ${contract.version} breaks what ${known.version} promised: ` +
        `${breaking.map(({ what }) => what).join('; ')}. ` +
        `Keep the promise, or raise the first number of its version to say that the break is meant.`,
    );
  }
}

/** Notes the contracts that differ from what ran before. */
export async function writeContracts(
  client: ClickHouseClient,
  running: readonly Contract[],
  next: readonly Contract[],
): Promise<void> {
  const before = new Map(running.map((contract) => [contract.name, JSON.stringify(contract)]));
  const changed = next.filter((contract) => before.get(contract.name) !== JSON.stringify(contract));
  if (changed.length === 0) return;
  await client.insert({
    table: 'freshet.contracts_log',
    values: changed.map((contract) => ({
      name: contract.name,
      version: contract.version,
      hash: contract.hash,
      definition: JSON.stringify(contract),
    })),
    format: 'JSONEachRow',
    clickhouse_settings: WRITE_SETTINGS,
  });
}
