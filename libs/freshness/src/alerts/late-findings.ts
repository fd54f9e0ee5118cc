import type { LateShare } from '../late-arrivals.js';
import type { WatchedSource } from '../sources.js';
import type { Finding } from './finding.js';

/** A few late events are life, whatever share of a quiet night they are. */
const FEWEST_LATE = 20;

/**
 * Topics of which more events come too late for their windows than their contracts allow: windows that people have
 * read as final are being revised. The topic's owner is told, by ticket: the numbers put themselves right.
 */
export function lateFindings(
  sources: readonly WatchedSource[],
  shareOf: (source: WatchedSource) => LateShare | undefined,
  metricsOf: (topic: string) => readonly string[],
): Finding[] {
  return sources.flatMap((source): Finding[] => {
    const { topic, owner, late } = source;
    const seen = shareOf(source);
    const share = seen === undefined || seen.counted === 0 ? 0 : seen.late / seen.counted;
    const isBad = seen !== undefined && seen.late >= FEWEST_LATE && share > late.share;
    const subject = `late_events/${topic}`;
    const shape = {
      group: subject,
      outcome: seen === undefined ? 'held_back' : isBad ? 'bad' : 'ok',
      kind: 'late_events',
      severity: 'ticket',
      topic,
      stage: 'produce',
      owner,
      detail:
        seen === undefined
          ? `no ingest tells of ${topic} now`
          : `${percent(share)} of the events on ${topic} in the last ${Math.round(late.overMs / 1000)} s (${seen.late} of ${seen.counted}) came after their windows were final; at most ${percent(late.share)} is expected`,
      holdMs: 0,
      actionWindowMs: 60_000,
      clearMs: 30_000,
    } as const;
    const metrics = metricsOf(topic);
    if (metrics.length === 0) return [{ ...shape, subject }];
    return metrics.map((metric) => ({ ...shape, subject: `${subject}/${metric}`, metric }));
  });
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
