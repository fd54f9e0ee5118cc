import { resolve } from 'node:path';

import type { ClickHouseClient } from '@clickhouse/client';
import { readPromoted, readRunningContracts } from '@freshet/clickhouse';
import { announcesBreak, compareContracts } from '@freshet/contracts';

import { checkCatalogue, type CheckedCatalogue } from '../catalogue.js';
import { readConfig } from '../config.js';
import { withStore } from '../operations/connections.js';
import { ofProcess, type Surroundings } from '../operations/surroundings.js';

export interface CatalogCheckOptions {
  /** False: only the files. */
  readonly compare?: boolean;
}

/**
 * Prints every problem of the catalogue and, where a store answers, what differs from what runs: contracts with
 * compatible and breaking changes, metrics that are new, changed or gone. Resolves 1 when something has to be
 * mended: a problem, or a break that the contract's version does not announce.
 */
export async function catalogCheck(
  folder: string | undefined,
  { compare = true }: CatalogCheckOptions = {},
  { env, print }: Surroundings = ofProcess(),
): Promise<number> {
  const path = folder === undefined ? readConfig(env).catalog : resolve(folder);
  const checked = checkCatalogue(path);
  const { contracts, metrics, problems } = checked;
  for (const problem of problems) print(problem);
  print(`${contracts.length} contracts, ${metrics.length} metrics, ${problems.length} problems in ${path}`);
  if (problems.length > 0) return 1;
  if (!compare) return 0;
  try {
    const { lines, silentBreaks } = await withStore(env, (store) => differences(checked, store));
    for (const line of lines) print(line);
    if (lines.length === 0) print('What runs is the same.');
    return silentBreaks > 0 ? 1 : 0;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    print(`Not compared with what runs, the store does not answer: ${why}`);
    return 0;
  }
}

interface Differences {
  readonly lines: readonly string[];
  /** Contracts that break a promise without saying so. */
  readonly silentBreaks: number;
}

async function differences(
  { contracts, metrics }: CheckedCatalogue,
  store: ClickHouseClient,
): Promise<Differences> {
  const lines: string[] = [];
  let silentBreaks = 0;
  const running = new Map((await readRunningContracts(store)).map((contract) => [contract.name, contract]));
  for (const contract of contracts) {
    const before = running.get(contract.name);
    if (before === undefined) {
      lines.push(`contract ${contract.name}: new; gets its table, decoder and view`);
      continue;
    }
    const changes = compareContracts(before, contract);
    for (const { kind, what } of changes) lines.push(`contract ${contract.name}: ${kind}: ${what}`);
    if (!changes.some(({ kind }) => kind === 'breaking') || announcesBreak(before, contract)) continue;
    silentBreaks += 1;
    lines.push(
      `${contract.file}: version ${contract.version} does not announce the break: raise the first number of ${before.version}, or keep the promise. Ingest refuses it as it is.`,
    );
  }
  const active = new Map(
    (await readPromoted(store))
      .filter(({ revision }) => revision !== '')
      .map(({ metric, revision }) => [metric, revision]),
  );
  for (const { name, revision, promotion } of metrics) {
    const before = active.get(name);
    active.delete(name);
    if (before === revision) continue;
    const then = promotion === 'by-hand' ? 'promoted by hand' : 'promoted when that is complete';
    lines.push(
      before === undefined
        ? `metric ${name}: new, ${revision}; counted from the past, ${then}`
        : `metric ${name}: changed, ${before} → ${revision}; counted from the past beside the other, ${then}`,
    );
  }
  for (const name of active.keys()) lines.push(`metric ${name}: gone; not shown any more`);
  return { lines, silentBreaks };
}
