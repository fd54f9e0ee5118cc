/** What a preview shows, besides the file. */
export interface Preview {
  readonly title: string;
  readonly sentence: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly everyMs: number;
  /** A value a step; null where there was nothing to measure. */
  readonly proposed: readonly (number | null)[];
  /** What is read now over the same steps; absent: nothing is. */
  readonly active?: readonly (number | null)[];
  readonly sql: string;
}

const WIDTH = 960;
const HEIGHT = 320;

/** A page that stands alone: the line of the proposal, the one that is read now in grey, and the SQL. */
export function previewPage(preview: Preview): string {
  const { title, sentence, fromMs, toMs, proposed, active = [], sql } = preview;
  const top = Math.max(1e-9, ...[...proposed, ...active].map((value) => value ?? 0));
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(title)}: preview</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b2430; }
  svg { width: 100%; height: auto; border-bottom: 1px solid #c8d0da; } pre { overflow: auto; background: #f3f5f8; padding: 1rem; }
  polyline { fill: none; stroke: #1f5fbf; stroke-width: 2; } .active { stroke: #8a94a3; }
</style>
<h1>${escaped(title)}</h1><p>${escaped(sentence)}</p>
<p>${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}, at most ${top}${active.length > 0 ? '; grey: what is read now' : ''}. It does not count yet.</p>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">
${active.length > 0 ? line(active, top, 'active') : ''}${line(proposed, top, 'proposed')}</svg>
<pre>${escaped(sql)}</pre></html>
`;
}

function line(values: readonly (number | null)[], top: number, name: string): string {
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.flatMap((value, at) =>
    value === null ? [] : [`${(at * step).toFixed(1)},${(HEIGHT - (value / top) * (HEIGHT - 8)).toFixed(1)}`],
  );
  return `<polyline class="${name}" points="${points.join(' ')}"/>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
