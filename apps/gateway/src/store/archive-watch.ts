import { performance } from 'node:perf_hooks';
import { ARCHIVE_HEAD, ARCHIVE_HEADS_TABLE, isMetricRatio, PANE, type AnyMetric } from '@freshet/metrics';
import type { RowReader } from './rows.js';

/**
 * What is archived is told no older than this, ms. Ingest deletes rows of chunks an hour after they are archived, so until
 * then they say the same.
 */
const FRESH_MS = 20_000;
/** An answer that came so long after the look, ms, is asked for again: far less than the hour, far more than it takes. */
const GOOD_FOR_MS = 45_000;

/** No pane of the metric that starts then or later is archived, epoch ms; undefined: not known. */
export type ArchivedBefore = (metric: AnyMetric) => number | undefined;

interface ArchiveLook {
  /** Monotonic, ms: when it was asked for. */
  readonly askedMs: number;
  readonly beforeMs: ReadonlyMap<string, number>;
}

/**
 * From when on panes are not archived. A statement that knows this reads the panes alone, where one that does not looks at
 * what is archived, and into the archive: half of what a short one costs (docs/decisions/0068).
 */
export class ArchiveWatch {
  #look: ArchiveLook | undefined;
  /** Whoever asks meanwhile waits for the same one. */
  #looking: Promise<ArchiveLook> | undefined;

  /** @param monotonicMs a clock that also runs while the process is stopped */
  constructor(
    private readonly store: Pick<RowReader, 'rows'>,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {}

  /**
   * Does `read` with what is archived now, and again where that took so long that it may be out of date. Of a ratio,
   * which is made of two metrics, it tells nothing.
   */
  async during<Answer>(read: (before: ArchivedBefore) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const { askedMs, beforeMs } = await this.#current();
      const answer = await read((metric) => {
        if (isMetricRatio(metric)) return undefined;
        return beforeMs.get(keyOf(metric.name, metric.revision)) ?? -Infinity;
      });
      if (this.monotonicMs() - askedMs < GOOD_FOR_MS) return answer;
    }
  }

  async #current(): Promise<ArchiveLook> {
    if (this.#look !== undefined && this.monotonicMs() - this.#look.askedMs < FRESH_MS) return this.#look;
    this.#looking ??= this.#ask().finally(() => (this.#looking = undefined));
    this.#look = await this.#looking;
    return this.#look;
  }

  async #ask(): Promise<ArchiveLook> {
    const askedMs = this.monotonicMs();
    const rows = await this.store.rows<{ metric: string; revision: string; before_ms: number | string }>(
      `SELECT ${PANE.metric}, ${PANE.revision}, toUnixTimestamp64Milli(max(${ARCHIVE_HEAD.before})) AS before_ms
       FROM ${ARCHIVE_HEADS_TABLE} GROUP BY ${PANE.metric}, ${PANE.revision}`,
    );
    const beforeMs = new Map(
      rows.map(({ metric, revision, before_ms }) => [keyOf(metric, revision), Number(before_ms)]),
    );
    return { askedMs, beforeMs };
  }
}

function keyOf(metric: string, revision: string): string {
  return `${metric}/${revision}`;
}
