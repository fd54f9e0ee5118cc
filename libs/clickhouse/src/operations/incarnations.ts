import { type Gap, type LedgerRow, type MetricStore } from '@freshet/ingestion';
import { type StoredSource } from './sources.js';

/** A partition whose log is another one than was stored, and where that begins. */
export interface IncarnationPlan {
  readonly stored: StoredSource;
  /** First offset of the new log. */
  readonly logStart: number;
  /** Lowest log time of the new log, or now when it is empty, epoch ms: nothing of the old one is younger. */
  readonly firstLogTimeMs: number;
}

/**
 * Opens the next life of partitions. In this order, each harmless to repeat: what may be lost of the old life is a gap;
 * a claim on the old life tells its owner that it is one no longer; the first ledger row of the new life is what
 * ingest resumes from at its next assignment. Facts and panes of the old life stay.
 */
export async function openIncarnation(
  store: MetricStore,
  plans: readonly IncarnationPlan[],
  by: { readonly owner: string; readonly nowMs: number },
): Promise<void> {
  for (const plan of plans) await store.writeGap(gapOf(plan));
  await store.writeClaims(
    plans.map(({ stored }) => ({
      source: stored.source,
      claim: stored.claim + 1,
      owner: by.owner,
      atMs: by.nowMs,
    })),
  );
  await store.writeLedger(plans.map(firstRow));
}

/**
 * How much of the old log was never stored is not known: at least what the facts lack, perhaps records after it. They
 * were appended after the newest stored one (or the last proof that all was read), and before the new log began.
 */
function gapOf({ stored, firstLogTimeMs }: IncarnationPlan): Gap {
  const from = stored.factsThrough + 1;
  const completeMs =
    stored.factsThrough >= stored.panesThrough
      ? Math.max(stored.factsLogTimeMs, stored.provenAtMs)
      : stored.factsLogTimeMs;
  return {
    source: stored.source,
    chunk: from,
    from,
    through: Math.max(from, stored.panesThrough),
    fromTimeMs: Math.min(completeMs, firstLogTimeMs),
    toTimeMs: firstLogTimeMs,
    reason: 'topic_recreated',
  };
}

function firstRow({ stored, logStart }: IncarnationPlan): LedgerRow {
  const { topic, incarnation, partition } = stored.source;
  return {
    source: { topic, incarnation: incarnation + 1, partition },
    chunk: logStart,
    panesThrough: logStart - 1,
    factsThrough: logStart - 1,
    end: -1,
    frontierMs: -1,
    lastLogTimeMs: -1,
    factsLogTimeMs: -1,
    provenAtMs: -1,
    last: undefined,
  };
}
