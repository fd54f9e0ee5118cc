import type { AlertKind, Stage } from '@freshet/live-protocol';

const AT: Readonly<Record<Stage, string>> = {
  produce: 'at the source',
  broker: 'at the broker',
  ingest: 'at ingest',
  store: 'at the store',
  serve: 'at the gateway',
  paint: 'at the screen',
};

/** One sentence for an alert: what, where, why. At most three names; the rest is counted. */
export function summaryOf(kind: AlertKind, stage: Stage, names: readonly string[], detail: string): string {
  const who = listOf(names);
  const are = names.length === 1 ? 'is' : 'are';
  switch (kind) {
    case 'stale':
      return `${who} ${are} stale, waiting ${AT[stage]}: ${detail}`;
    case 'budget':
      return `${who} ${names.length === 1 ? 'spends its' : 'spend their'} error budget too fast: ${detail}`;
    default:
      return detail;
  }
}

function listOf(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? '';
  const shown = names.slice(0, names.length === 4 ? 4 : 3);
  const rest = names.length - shown.length;
  const last = rest > 0 ? `${rest} more` : (shown.pop() as string);
  return `${shown.join(', ')} and ${last}`;
}
