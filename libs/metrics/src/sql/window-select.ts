import { isLevel } from '../slots.js';
import { levelSelect } from './levels.js';
import type { ResolvedSelection } from './selection.js';
import { integer } from './text.js';
import { hoppingSelect, type WindowPlan } from './windows.js';

/** SELECT of the windows that merged buckets make: levels of a running total, hopping windows, or the buckets themselves. */
export function windowsOver(plan: WindowPlan, merged: string, selection: ResolvedSelection): string {
  const { sizeMs, everyMs, calendar, fromMs, toMs } = selection;
  if (isLevel(plan.definition, selection.perPane)) {
    return levelSelect(plan, merged, {
      everyMs,
      calendar,
      afterMs: integer(fromMs),
      lastEndMs: integer(toMs),
    });
  }
  if (sizeMs <= everyMs) return merged;
  return hoppingSelect(plan, merged, { sizeMs, everyMs, afterMs: fromMs, lastEndMs: toMs });
}
