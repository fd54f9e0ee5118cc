import type { Explanation, Measured } from '@freshet/live-protocol';
import type { NumberRow, PaneQueryRow } from '@freshet/metrics';

/** A row of the store as the protocol has it. */
export function measured(row: NumberRow | PaneQueryRow): Measured {
  const number = (value: number | string | null | undefined): number | null =>
    value === null || value === undefined ? null : Number(value);
  const ratio = row.denominator !== undefined && row.denominator !== null;
  return {
    value: number(row.value),
    ...(ratio ? { numerator: number(row.numerator), denominator: number(row.denominator) } : {}),
    events: Number(row.events),
  };
}

/** Whether a stored value can be believed. */
export function trust(row: PaneQueryRow) {
  return {
    state: row.state,
    lateEvents: Number(row.late_events),
    partial: row.partial === 1,
    incomplete: row.incomplete === 1,
  };
}

/** Compares the stored number with the one from the facts: equal but for the last bit of a division. */
export function judge(
  stored: Explanation['stored'],
  facts: Measured | null,
  behind: boolean,
  isAllTime: boolean,
): Explanation['agreement'] {
  const inStore = stored ?? { value: null, events: 0, partial: false, state: 'live' as const };
  const inFacts = facts ?? { value: null, events: 0 };
  if (inStore.events === inFacts.events && (inStore.events === 0 || same(inStore.value, inFacts.value)))
    return 'identical';
  if (behind || inStore.state === 'live') return 'waiting';
  if (inFacts.events === 0 || (isAllTime && inFacts.events < inStore.events)) return 'gone';
  return inStore.partial ? 'folded' : 'differs';
}

function same(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return a === b || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}
