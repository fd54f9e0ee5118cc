import type { SourceState } from '@freshet/live-protocol';
import type { Finding } from './finding.js';

/**
 * Topics that were read to their end and bring nothing for longer than their contracts allow: the topic's owner is
 * told, since nothing else is broken. A topic that is behind or not read cannot be judged: it keeps what it was.
 */
export function sourceFindings(
  sources: readonly SourceState[],
  metricsOf: (topic: string) => readonly string[],
): Finding[] {
  return sources.flatMap((source): Finding[] => {
    const { topic, state, silentForMs, maxSilenceMs, owner } = source;
    const isProven = state === 'flowing' || state === 'quiet' || state === 'silent';
    const silent = `no event on ${topic} for ${words(silentForMs ?? 0)}, at most ${words(maxSilenceMs)} is expected; its log was read to the end`;
    const shape = {
      group: `silent_source/${topic}`,
      outcome: !isProven ? 'held_back' : state === 'silent' ? 'bad' : 'ok',
      kind: 'silent_source',
      severity: 'page',
      topic,
      stage: 'produce',
      owner,
      detail: isProven ? silent : `${topic} is not read to its end now`,
      holdMs: 0,
      clearMs: 5_000,
    } as const;
    const subject = `silent_source/${topic}`;
    const metrics = metricsOf(topic);
    if (metrics.length === 0) return [{ ...shape, subject }];
    return metrics.map((metric) => ({ ...shape, subject: `${subject}/${metric}`, metric }));
  });
}

function words(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
