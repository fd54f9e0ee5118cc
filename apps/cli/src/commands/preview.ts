import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readPromoted } from '@freshet/clickhouse';
import { formatProblem } from '@freshet/contracts';
import type { Preview } from '@freshet/live-protocol';
import { besideMetrics } from '@freshet/metrics';

import { checkCatalogue } from '../catalogue.js';
import { readConfig } from '../config.js';
import { spanInWords } from '../explain/sentence.js';
import { withStore } from '../operations/connections.js';
import { ofProcess, type Surroundings } from '../operations/surroundings.js';
import { textTable } from '../operations/text-table.js';
import { parseDurationOption } from '../operations/time-option.js';
import { terminalChart } from '../preview/chart.js';
import { figureOf } from '../preview/figure.js';
import { linkTo } from '../preview/link.js';
import { makePreview } from '../preview/make-preview.js';
import { activeBeside, readPreviewed } from '../preview/previewed.js';
import { stepsOf, usualLastMs } from '../preview/steps.js';

export interface CatalogPreviewOptions {
  /** How far back, as a duration; by default 6h, 14d for days and 24h for hours of a calendar. */
  readonly last?: string;
}

/**
 * Runs a metric's file, wherever it lies, over the facts of the last hours, and draws it beside what is read of that
 * name now, before it counts. Resolves 1 when the file has problems, which it prints.
 */
export async function catalogPreview(
  file: string,
  { last }: CatalogPreviewOptions = {},
  { env, print, nowMs }: Surroundings = ofProcess(),
): Promise<number> {
  const text = readFileSync(file, 'utf8');
  const lastMs = last === undefined ? undefined : parseDurationOption('--last', last);
  const config = readConfig(env);
  // Mistakes in other files of the catalogue are no hindrance: what is right there is enough, or the file says what it lacks.
  const { teams, ...catalogue } = checkCatalogue(config.catalog);
  const options = { teams, ...besideMetrics(join(config.catalog, 'metrics')) };
  const against = { ...catalogue, options };
  const { previewed, problems } = readPreviewed(text, file, against);
  for (const problem of problems) print(formatProblem(problem));
  if (previewed === undefined) return 1;
  const { definition } = previewed;
  return withStore(env, async (store) => {
    const active = activeBeside(previewed, await readPromoted(store), against);
    const steps = stepsOf(definition.window, lastMs ?? usualLastMs(definition.window), nowMs());
    const preview = await makePreview(store, previewed, active, steps, nowMs());
    if (!('steps' in preview)) {
      for (const why of preview) print(why);
      return 0;
    }
    for (const part of inWords(preview, file)) print(part);
    print(`\n${await linkTo(preview, store, config)}`);
    return 0;
  });
}

function inWords(preview: Preview, file: string): string[] {
  const { title, meaning, revision, activeRevision, currency, steps, newest } = preview;
  const figure = figureOf(preview);
  const lines = [steps.map(({ proposed }) => proposed)];
  if (activeRevision !== undefined) lines.push(steps.map(({ active = null }) => active));
  const [first, last] = [steps[0]!, steps.at(-1)!];
  const iso = (ms: number): string => new Date(ms).toISOString();
  const said = [
    `${title} (${file}), revision ${revision}. It does not count yet.`,
    `${meaning}\n`,
    terminalChart(lines, (value) => figure(value)),
    `${iso(first.startMs)} … ${iso(last.endMs)}, a point every ${spanInWords(first.endMs - first.startMs)}` +
      `${currency === undefined ? '' : `, ${currency}`}${activeRevision === undefined ? '' : `; grey: what is read now, ${activeRevision}`}`,
  ];
  if (newest.rows.length === 0) return said;
  const { dimensions, rows, of } = newest;
  const some = of > rows.length ? `, ${rows.length} of ${of}` : '';
  const at = dimensions.indexOf(preview.currencyDimension ?? '');
  return [
    ...said,
    `\nThe newest step by ${dimensions.join(', ')}${some}:`,
    textTable(
      [...dimensions, 'value'],
      rows.map(({ series, value }) => [...series, value === null ? '' : figure(value, series[at])]),
    ),
  ];
}
