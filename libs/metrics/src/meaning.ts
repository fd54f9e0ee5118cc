import type { Filter, Measure, MetricDefinition, SimpleMeasure } from './metric.js';

/** What a metric counts, in words, e.g. `events where status is failed ÷ events, of payments where …`. */
export function meaningOf({
  measure,
  filter,
  source,
  window: { session },
}: Pick<MetricDefinition, 'measure' | 'filter' | 'source' | 'window'>): string {
  const of =
    filter === undefined ? `of all ${source} events` : `of ${source} events where ${inWords(filter)}`;
  const ended = session === undefined ? '' : `, by sessions of ${session.by} that ended`;
  return `${measureInWords(measure)}, ${of}${ended}`;
}

/** What a ratio of two metrics is, in words. */
export function ratioMeaning(
  numerator: Pick<MetricDefinition, 'name' | 'meaning'>,
  denominator: Pick<MetricDefinition, 'name' | 'meaning'>,
): string {
  return `${numerator.name} (${numerator.meaning}) ÷ ${denominator.name} (${denominator.meaning})`;
}

function measureInWords(measure: Measure): string {
  switch (measure.kind) {
    case 'ratio':
      return `${partInWords(measure.numerator)} ÷ ${partInWords(measure.denominator)}`;
    case 'rate':
      return `${partInWords(measure.of)}, per second`;
    case 'runningTotal': {
      const { plus, minus, opening } = measure;
      const less = minus === undefined ? '' : ` less ${partInWords(minus)}`;
      const from = opening === undefined ? '' : `, from ${partInWords(opening)} on`;
      return `running total of ${partInWords(plus)}${less}${from}`;
    }
    default:
      return partInWords(measure);
  }
}

function partInWords(measure: SimpleMeasure): string {
  const where = measure.where === undefined ? '' : ` where ${inWords(measure.where)}`;
  switch (measure.kind) {
    case 'count':
      return `number of events${where}`;
    case 'sessions':
      return measure.where === undefined ? 'number of sessions' : `number of sessions with an event${where}`;
    case 'duration':
      return 'seconds of sessions from first to last event';
    case 'sum':
      return `sum of ${measure.field}${where}`;
    case 'avg':
      return `average ${measure.field}${where}`;
    case 'min':
      return `smallest ${measure.field}${where}`;
    case 'max':
      return `largest ${measure.field}${where}`;
    case 'last':
      return `last ${measure.field}${where}`;
    case 'distinct':
      return `number of different ${measure.field}${where}`;
    case 'quantile':
      return `${percent(measure.q)} quantile of ${measure.field}${where}`;
    case 'quantiles':
      return `${measure.at.map(percent).join(', ')} quantiles of ${measure.field}${where}`;
  }
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(3))} %`;
}

function inWords(filter: Filter): string {
  switch (filter.kind) {
    case 'equals':
      return `${filter.field} is ${String(filter.value)}`;
    case 'in':
      return `${filter.field} is one of ${filter.values.join(', ')}`;
    case 'exists':
      return `${filter.field} is present`;
    case 'prefix':
      return `${filter.field} begins with ${filter.prefix}`;
    case 'range': {
      const bounds = [];
      if (filter.from !== undefined) bounds.push(`at least ${filter.from}`);
      if (filter.to !== undefined) bounds.push(`below ${filter.to}`);
      return `${filter.field} is ${bounds.join(' and ')}`;
    }
    case 'not':
      return `not (${inWords(filter.filter)})`;
    case 'all':
      return filter.filters.map(inWords).join(' and ');
    case 'any':
      return filter.filters.map((each) => `(${inWords(each)})`).join(' or ');
  }
}
