import { type LiveData } from '@freshet/live-client';
import { type Freshness, type MetricInfo } from '@freshet/live-protocol';
import { useState } from 'react';
import { closedThroughMs } from '../figures/series.js';

/** Numbers and words about freshness travel apart; the words may run ahead of the numbers by about this much. */
const RUNS_AHEAD_MS = 1_000;

/**
 * Up to where windows count as closed; unknown while a backlog is read: the log's times then say nothing of
 * the events' own, and only what the server calls final is.
 */
function throughOf(
  metric: MetricInfo,
  freshness: Freshness | undefined,
  data: LiveData | undefined,
  everyMs: number,
): number {
  if (data === undefined || freshness?.status === 'catching_up' || freshness?.status === 'unknown') {
    return closedThroughMs(metric, null, everyMs);
  }
  const said = freshness?.asOfMs ?? null;
  const asOfMs = said === null ? data.asOfMs : Math.max(data.asOfMs ?? 0, said - RUNS_AHEAD_MS);
  return closedThroughMs(metric, asOfMs, everyMs);
}

/**
 * Up to where windows count as closed, epoch ms. What was closed once stays so while a backlog is read: the value of
 * a tile does not step back to an older window.
 */
export function useThrough(
  metric: MetricInfo,
  freshness: Freshness | undefined,
  data: LiveData | undefined,
  everyMs: number,
): number {
  const now = throughOf(metric, freshness, data, everyMs);
  const [known, setKnown] = useState({ everyMs, throughMs: now });
  if (Number.isFinite(now) && (now !== known.throughMs || everyMs !== known.everyMs))
    setKnown({ everyMs, throughMs: now });
  return Number.isFinite(now) || known.everyMs !== everyMs ? now : known.throughMs;
}
