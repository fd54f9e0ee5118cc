import { PROMOTED_SQL, type PromotedRevision } from '@freshet/clickhouse';
import type { Clock } from '@freshet/live-hub';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { RowReader } from './rows.js';

const READ_EVERY_MS = 2_000;

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
    const [promoted, proposals] = await Promise.all([
      this.store.rows<Loose<PromotedRevision>>(PROMOTED_SQL),
      this.store.rows<{ revision: string; filled: number | string; total: number | string }>(
        `SELECT revision, filled, total FROM freshet.metric_proposals_log FINAL`,
      ),
    ]);
    this.catalogue.adopt(
      new Map(
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
      new Map(
        proposals.map(({ revision, filled, total }) => [
          revision,
          { filled: Number(filled), total: Number(total) },
        ]),
      ),
    );
    this.#readAtMs = nowMs;
  }
}

/** 64-bit integers come as text. */
type Loose<Row> = { readonly [Key in keyof Row]: Row[Key] extends number ? number | string : Row[Key] };
