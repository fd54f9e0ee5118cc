import type { Explanation } from '@freshet/live-protocol';
import {
  chunksSelect,
  isLevel,
  panesSelect,
  ratioNumberSql,
  type ChunkRow,
  type NumberRow,
  type PaneQueryRow,
} from '@freshet/metrics';
import type { InCatalogue, RatioInCatalogue } from '../catalogue/catalogue.js';
import type { RowReader } from '../store/rows.js';
import { judge, measured, trust } from './agreement.js';
import { filterOf, lastWindow, numberOf, type WantedNumber } from './explain-query.js';
import { factsAsOf, factsProgress, isBehind } from './facts-progress.js';

/** The metrics that a ratio divides. */
export interface RatioParts {
  readonly numerator: InCatalogue;
  readonly denominator: InCatalogue;
}

/** SQL over the facts that gives a ratio of two metrics again. Throws `SelectionError`. */
export function ratioNumberSqlOf(
  { definition }: RatioInCatalogue,
  parts: RatioParts,
  wanted: WantedNumber,
): string {
  const contracts = { numerator: parts.numerator.contract, denominator: parts.denominator.contract };
  return ratioNumberSql(definition, contracts, numberOf(wanted));
}

/** A ratio of two metrics: both results, and the parts, which have the slices and events. Rejects like `explain`. */
export async function explainRatio(
  store: RowReader,
  metric: RatioInCatalogue,
  parts: RatioParts,
  wanted: WantedNumber,
): Promise<Explanation> {
  const { definition, topics } = metric;
  const whole = numberOf(wanted);
  const both = [parts.numerator, parts.denominator];
  const [storedRow] = await store.rows<PaneQueryRow>(
    panesSelect(definition, { topics, ...lastWindow(wanted) }),
  );
  const [progress, ...chunks] = await Promise.all([
    factsProgress(store, topics),
    ...both.map((part) => store.rows<ChunkRow>(chunksSelect(part.definition, whole))),
  ]);
  const sql = ratioNumberSqlOf(metric, parts, wanted);
  const [factsRow] = await store.rows<NumberRow>(sql);
  const facts = factsRow === undefined ? null : measured(factsRow);
  const stored = storedRow === undefined ? null : { ...measured(storedRow), ...trust(storedRow) };
  const behind = both.some((part, i) => isBehind(part.contract.topic, chunks[i] ?? [], progress));
  const isAllTime = both.some((part) => isLevel(part.definition));
  const agreement = judge(stored, facts, behind, isAllTime);
  const since = both.map(({ activeSinceMs }) => activeSinceMs ?? 0);
  return {
    metric: definition.name,
    revision: definition.revision,
    activeSinceMs: Math.max(...since) || null,
    meaning: definition.meaning,
    owner: definition.owner,
    topic: topics.join(', '),
    contract: metric.contracts.map(({ name }) => name).join(', '),
    filter: filterOf(wanted),
    window: {
      startMs: whole.startMs,
      endMs: whole.endMs,
      everyMs: wanted.everyMs,
      paneMs: definition.window.everyMs,
    },
    stored,
    parts: [
      { metric: parts.numerator.definition.name, value: stored?.numerator ?? null },
      { metric: parts.denominator.definition.name, value: stored?.denominator ?? null },
    ],
    panes: [],
    paneStartMs: null,
    chunks: [],
    sql,
    facts: agreement === 'gone' ? null : facts,
    factsAsOfMs: factsAsOf(progress),
    agreement,
    revised: null,
  };
}
