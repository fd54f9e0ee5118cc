import { NEWEST_LOAD_SQL, PROMOTED_SQL, type PromotedRevision } from '@freshet/clickhouse';
import type { Clock } from '@freshet/live-hub';
import type { Catalogue, PastPromotion } from '../catalogue/catalogue.js';
import type { RowReader } from './rows.js';

const READ_EVERY_MS = 2_000;

/** The newest promotions of each metric, oldest first. */
const PROMOTIONS_SQL = `SELECT metric, revision, promotion, at_ms FROM (
  SELECT metric, r.revision AS revision, r.promotion AS promotion, toUnixTimestamp64Milli(r.activated_at) AS at_ms
  FROM freshet.metric_revisions_log AS r WHERE r.revision != '' ORDER BY r.promotion DESC LIMIT 20 BY metric
) ORDER BY metric, promotion`;

/** Keeps a catalogue to what the store says is active. */
export class RevisionReader {
  #readAtMs = -Infinity;

  constructor(
    private readonly store: RowReader,
    private readonly catalogue: Catalogue,
    private readonly clock: Clock,
  ) {}

  /** Reads at most every two seconds. Rejects when the store does not answer. */
  async refresh(): Promise<void> {
    const nowMs = this.clock.nowMs();
    if (nowMs - this.#readAtMs < READ_EVERY_MS) return;
    const [promoted, proposals, promotions, loads] = await Promise.all([
      this.store.rows<Loose<PromotedRevision>>(PROMOTED_SQL),
      this.store.rows<{ revision: string; filled: number | string; total: number | string }>(
        `SELECT revision, filled, total FROM freshet.metric_proposals_log FINAL`,
      ),
      this.store.rows<PromotionRow>(PROMOTIONS_SQL),
      // A table that came later: without it nothing is known to be refused.
      this.store.rows<{ problems: string[] }>(NEWEST_LOAD_SQL).catch(() => []),
    ]);
    this.catalogue.adopt({
      active: new Map(
        promoted.map(({ metric, revision, definition, counted_from_ms, activated_at_ms }) => [
          metric,
          {
            revision,
            definition,
            countedFromMs: Number(counted_from_ms),
            activeSinceMs: Number(activated_at_ms),
          },
        ]),
      ),
      progress: new Map(
        proposals.map(({ revision, filled, total }) => [
          revision,
          { filled: Number(filled), total: Number(total) },
        ]),
      ),
      promotions: byMetric(promotions),
      refused: loads[0]?.problems ?? [],
    });
    this.#readAtMs = nowMs;
  }
}

interface PromotionRow {
  readonly metric: string;
  readonly revision: string;
  /** Counts from 1 in each metric. */
  readonly promotion: number | string;
  readonly at_ms: number | string;
}

function byMetric(rows: readonly PromotionRow[]): Map<string, PastPromotion[]> {
  const found = new Map<string, PastPromotion[]>();
  for (const { metric, revision, promotion, at_ms } of rows) {
    const own = found.get(metric) ?? [];
    own.push({ revision, atMs: Number(at_ms), isFirst: Number(promotion) === 1 });
    found.set(metric, own);
  }
  return found;
}

/** 64-bit integers come as text. */
type Loose<Row> = { readonly [Key in keyof Row]: Row[Key] extends number ? number | string : Row[Key] };
