import { calendarStep, lowestFrontier, trustState, watermark, type Calendar } from '@freshet/windowing';
import { compileAggregator } from '../aggregate/compile.js';
import type { PaneRow } from '../aggregator.js';
import type { MetricDefinition, Scalar } from '../metric.js';
import { valueOf } from '../merge.js';
import { expectedSessions } from './expected-sessions.js';
import { expectedWindows, type ExpectedWindow } from './expected-windows.js';
import { SAMPLE_CONTRACT, sampleMetric, segmentsOf, type SampleEvent } from './sample.js';

/**
 * Runs a test of what a metric means, written as a script. Times are UTC times of one day, `12:00:03`, or times of a
 * zone's clock with how far it is ahead, `2026-03-29T03:00+02:00`. Lines:
 *
 *     metric measure: { count: {} }             lines of the definition, as in its file
 *     partitions 2
 *     event 12:00:03 [p1] [shop=s1 amount=5]    an event arrives; what is not named is absent, or usual
 *     chunk [p1]                                the partition goes on in its next chunk
 *     idle 12:05 [p1]                           the partition, read to its end, advances by the clock
 *     by shop | by                              splits by these dimensions; before: by all
 *     only shop=s1                              reads these values only
 *     read 5m | read day Europe/Berlin          reads at this grain
 *     expect 12:01 s1 = 3 [live] [late 1] [partial]    the series in the window that ends at 12:01
 *     expect 12:01 s1 nothing
 *
 *     session s1 12:00:10..12:31 = 3 [live] [late 1]   the session of this series and key, as its view tells it
 *     session s1 12:00:10..12:31 nothing
 *
 *     expect 2026-03-29T00:00+01:00..2026-03-30T00:00+02:00 = 3    the same, and it begins then
 *
 * Returns what did not hold, a line each; empty when all did. Throws on a line that it cannot read.
 */
export function runMetricScript(script: string): string[] {
  const run = new ScriptRun();
  const failures: string[] = [];
  script.split('\n').forEach((raw, index) => {
    const line = raw.replace(/#.*$/, '').trim();
    const failure = line === '' ? undefined : run.line(line);
    if (failure !== undefined) failures.push(`line ${index + 1}: ${line}: ${failure}`);
  });
  return failures;
}

const DAY_MS = Date.UTC(2026, 0, 1);

type Told = Pick<ExpectedWindow, 'value' | 'lateEvents' | 'merged'>;

class ScriptRun {
  private readonly definitionLines: string[] = [];
  private known: MetricDefinition | undefined;
  private frontiers = [-1];
  /** Chunks of each partition, with their events. */
  private chunks: SampleEvent[][][] = [[[]]];
  private groupBy: readonly string[] | undefined;
  private filter: Record<string, string[]> = {};
  private everyMs: number | undefined;
  private calendar: Calendar | undefined;

  line(line: string): string | undefined {
    const [word, ...rest] = line.split(/\s+/) as [string, ...string[]];
    switch (word) {
      case 'metric':
        this.definitionLines.push(line.slice('metric'.length).trim());
        return undefined;
      case 'partitions':
        this.frontiers = Array.from({ length: Number(rest[0]) }, () => -1);
        this.chunks = this.frontiers.map(() => [[]]);
        return undefined;
      case 'event':
        this.event(rest);
        return undefined;
      case 'chunk':
        this.chunks[partitionOf(rest)]!.push([]);
        return undefined;
      case 'idle':
        this.advance(partitionOf(rest), timeOf(rest[0]));
        return undefined;
      case 'by':
        this.groupBy = rest;
        return undefined;
      case 'only':
        this.filter = Object.fromEntries(pairs(rest).map(([name, value]) => [name, [value]]));
        return undefined;
      case 'read':
        if (rest[1] === undefined) this.everyMs = durationOf(rest[0]);
        else this.calendar = { unit: rest[0] as Calendar['unit'], timeZone: rest[1] };
        return undefined;
      case 'session':
        return this.session(rest);
      case 'expect':
        return this.expect(rest);
      default:
        throw new Error(`Cannot read: ${line}`);
    }
  }

  private get definition(): MetricDefinition {
    return (this.known ??= sampleMetric(['name: scripted', ...this.definitionLines].join('\n')));
  }

  private event(words: readonly string[]): void {
    const partition = partitionOf(words);
    const timeMs = timeOf(words[0]);
    const given = pairs(words).map(([name, value]) => [name, fieldValue(name, value)]);
    const offset = this.chunks[partition]!.flat().length;
    const usual = { id: `e${offset}`, source: '/test', time: timeMs, type: 'a', shop: 's1', amount: 1 };
    const fields = { ...usual, currency: 'GBP', ...Object.fromEntries(given) } as SampleEvent['fields'];
    this.chunks[partition]!.at(-1)!.push({ offset, timeMs, frontierMs: this.frontiers[partition]!, fields });
    this.advance(partition, timeMs);
  }

  private advance(partition: number, timeMs: number): void {
    this.frontiers[partition] = Math.max(this.frontiers[partition]!, timeMs);
  }

  private expect(words: readonly string[]): string | undefined {
    const { definition, filter } = this;
    const calendar = this.calendar ?? (this.everyMs === undefined ? definition.window.calendar : undefined);
    const everyMs = this.everyMs ?? definition.window.everyMs;
    const [start, end] = words[0]!.includes('..') ? words[0]!.split('..') : [undefined, words[0]];
    const endMs = timeOf(end);
    const step =
      calendar === undefined ? { startMs: endMs - everyMs, endMs } : calendarStep(calendar, endMs - 1);
    if (step.endMs !== endMs) return `the window ends at ${new Date(step.endMs).toISOString()}`;
    if (start !== undefined && timeOf(start) !== step.startMs)
      return `the window begins at ${new Date(step.startMs).toISOString()}`;
    const rows = this.rows();
    const groupBy = this.groupBy ?? definition.dimensions.map(({ name }) => name);
    const grain = calendar === undefined ? { everyMs } : { calendar };
    const range = { fromMs: step.startMs, toMs: endMs, filter, ...grain };
    const windows = expectedWindows(definition, rows, groupBy, range);
    const equals = words.findIndex((word) => word === '=' || word === 'nothing');
    const series = words.slice(1, equals).map((word) => (word === "''" ? '' : word.replaceAll('_', ' ')));
    const found = windows.get(JSON.stringify([endMs, series]));
    if (found === undefined) {
      const all = [...windows.keys()].join(' ');
      return words[equals] === 'nothing' ? undefined : `found nothing; there is ${all || 'no window'}`;
    }
    if (words[equals] === 'nothing') return `found ${this.told(found, endMs).join(' ')}`;
    return this.compare(words.slice(equals + 1), found, endMs);
  }

  private session(words: readonly string[]): string | undefined {
    const { definition } = this;
    const equals = words.findIndex((word) => word === '=' || word === 'nothing');
    const [start, end] = words[equals - 1]!.split('..').map(timeOf);
    const series = words.slice(0, equals - 1).map((word) => (word === "''" ? '' : word));
    const all = expectedSessions(definition, this.rows());
    const found = all.find(
      ({ startMs, endMs, dimensions }) =>
        startMs === start && endMs === end && dimensions.join() === series.join(),
    );
    if (words[equals] === 'nothing') return found && 'there is one';
    if (found === undefined) {
      const time = (ms: number): string => new Date(ms).toISOString().slice(11, 23);
      const known = all.map((each) =>
        [...each.dimensions, `${time(each.startMs)}..${time(each.endMs)}`].join(' '),
      );
      return `there is ${known.join(', ') || 'none'}`;
    }
    const value = valueOf(definition, found.merged);
    return this.compare(words.slice(equals + 1), { ...found, value }, found.endMs);
  }

  private rows(): PaneRow[] {
    const open = compileAggregator([this.definition], SAMPLE_CONTRACT);
    return this.chunks.flat().flatMap((events) => {
      const aggregator = open();
      for (const segment of segmentsOf(events, [3])) aggregator.accumulate(segment);
      return aggregator.takeChanged();
    });
  }

  private compare(words: readonly string[], found: Told, endMs: number): string | undefined {
    const told = this.told(found, endMs);
    const wanted = words
      .join(' ')
      .replace(/ late /, ' late-')
      .split(' ');
    const known = told.map((word) => word.replace(' ', '-'));
    return wanted.every((word) => known.includes(word)) ? undefined : `found ${told.join(' ')}`;
  }

  /** What is said of a window: value, state, late events, and whether it is partial. */
  private told({ value, lateEvents, merged }: Told, endMs: number): string[] {
    const { watermarkDelayMs, allowedMs } = this.definition.lateness;
    const watermarkMs = watermark(lowestFrontier(this.frontiers), watermarkDelayMs);
    const state = trustState({ endMs, allowedMs, watermarkMs, lateEvents });
    const number = value === null ? 'none' : String(Number(value.toPrecision(10)));
    return [number, state, `late ${lateEvents}`, ...(merged.partial ? ['partial'] : [])];
  }
}

function partitionOf(words: readonly string[]): number {
  return Number(words.find((word) => /^p\d+$/.test(word))?.slice(1) ?? 0);
}

function pairs(words: readonly string[]): [string, string][] {
  return words.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string]);
}

function fieldValue(name: string, text: string): Scalar {
  const field = SAMPLE_CONTRACT.fields.find((each) => each.name === name);
  if (field === undefined) throw new Error(`There is no field ${name}`);
  if (field.type === 'boolean') return text === 'true';
  if (field.type === 'string') return text;
  return Math.round(Number(text) * 10 ** (field.scale ?? 0));
}

function timeOf(text: string | undefined): number {
  if (/^\d{4}-\d\d-\d\dT.*[+-]\d\d:\d\d$/.test(text ?? '')) return Date.parse(text!);
  const parts = /^(\d\d):(\d\d)(?::(\d\d(?:\.\d{3})?))?$/.exec(text ?? '');
  if (parts === null) throw new Error(`Not a time of day: ${text}`);
  const seconds = Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3] ?? 0);
  return DAY_MS + Math.round(seconds * 1000);
}

function durationOf(text: string | undefined): number {
  const parts = /^(\d+)(s|m|h)$/.exec(text ?? '');
  if (parts === null) throw new Error(`Not a duration: ${text}`);
  return Number(parts[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[parts[2] as 's' | 'm' | 'h'];
}
