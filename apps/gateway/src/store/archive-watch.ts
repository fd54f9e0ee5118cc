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

/** Milliseconds of a clock that nobody sets, and of one that goes on while the machine is suspended. */
interface Clocks {
  readonly steadyMs: number;
  readonly wallMs: number;
}

const clocks = (): Clocks => ({ steadyMs: performance.now(), wallMs: Date.now() });

/** No pane of the metric that starts then or later is archived, epoch ms; undefined: not known. */
export type ArchivedBefore = (metric: AnyMetric) => number | undefined;

interface ArchiveLook {
  /** When it was asked for, by each clock. */
  readonly asked: Clocks;
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

  constructor(
    private readonly store: Pick<RowReader, 'rows'>,
    private readonly now: () => Clocks = clocks,
  ) {}

  /**
   * Does `read` with what is archived now, and again where that took so long that it may be out of date. Of a ratio,
   * which is made of two metrics, it tells nothing.
   */
  async during<Answer>(read: (before: ArchivedBefore) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const { asked, beforeMs } = await this.#current();
      const answer = await read((metric) => {
        if (isMetricRatio(metric)) return undefined;
        return beforeMs.get(keyOf(metric.name, metric.revision)) ?? -Infinity;
      });
      if (this.#isWithin(GOOD_FOR_MS, asked)) return answer;
    }
  }

  async #current(): Promise<ArchiveLook> {
    if (this.#look !== undefined && this.#isWithin(FRESH_MS, this.#look.asked)) return this.#look;
    this.#looking ??= this.#ask().finally(() => (this.#looking = undefined));
    this.#look = await this.#looking;
    return this.#look;
  }

  /** By both clocks, the one of which may have stood still and the other been set. */
  #isWithin(limitMs: number, { steadyMs, wallMs }: Clocks): boolean {
    const now = this.now();
    return Math.max(now.steadyMs - steadyMs, Math.abs(now.wallMs - wallMs)) < limitMs;
  }

  async #ask(): Promise<ArchiveLook> {
    const asked = this.now();
    const rows = await this.store.rows<{ metric: string; revision: string; before_ms: number | string }>(
      `SELECT ${PANE.metric}, ${PANE.revision}, toUnixTimestamp64Milli(max(${ARCHIVE_HEAD.before})) AS before_ms
       FROM ${ARCHIVE_HEADS_TABLE} GROUP BY ${PANE.metric}, ${PANE.revision}`,
    );
    const beforeMs = new Map(
      rows.map(({ metric, revision, before_ms }) => [keyOf(metric, revision), Number(before_ms)]),
    );
    return { asked, beforeMs };
  }
}

function keyOf(metric: string, revision: string): string {
  return `${metric}/${revision}`;
}
