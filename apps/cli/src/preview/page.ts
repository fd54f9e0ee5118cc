import type { Preview } from '@freshet/live-protocol';

import { figureOf } from './figure.js';

const WIDTH = 960;
const HEIGHT = 320;

/** A page that stands alone: the line of the proposal, the one that is read now in grey, and the SQL. */
export function previewPage(preview: Preview): string {
  const { title, meaning, steps, activeRevision, currency, sql } = preview;
  const proposed = steps.map((step) => step.proposed);
  const active = activeRevision === undefined ? [] : steps.map((step) => step.active ?? null);
  const [fromMs, toMs] = [steps[0]?.startMs ?? 0, steps.at(-1)?.endMs ?? 0];
  const values = [...proposed, ...active].map((value) => value ?? 0);
  const bounds = { low: Math.min(0, ...values), top: Math.max(1e-9, ...values) };
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(title)}: preview</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b2430; }
  svg { width: 100%; height: auto; border-bottom: 1px solid #c8d0da; } pre { overflow: auto; background: #f3f5f8; padding: 1rem; }
  polyline { fill: none; stroke: #1f5fbf; stroke-width: 2; } .active { stroke: #8a94a3; }
</style>
<h1>${escaped(title)}</h1><p>${escaped(meaning)}</p>
<p>${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}, at most ${figureOf(preview)(bounds.top)}${currency === undefined ? '' : ` ${escaped(currency)}`}${active.length > 0 ? '; grey: what is read now' : ''}. It does not count yet.</p>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">
${active.length > 0 ? line(active, bounds, 'active') : ''}${line(proposed, bounds, 'proposed')}</svg>
<pre>${escaped(sql)}</pre></html>
`;
}

function line(
  values: readonly (number | null)[],
  { low, top }: { readonly low: number; readonly top: number },
  name: string,
): string {
  const step = WIDTH / Math.max(1, values.length - 1);
  const y = (value: number): number => HEIGHT - ((value - low) / (top - low)) * (HEIGHT - 8);
  const points = values.flatMap((value, at) =>
    value === null ? [] : [`${(at * step).toFixed(1)},${y(value).toFixed(1)}`],
  );
  return `<polyline class="${name}" points="${points.join(' ')}"/>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
