import {
  isLate,
  lowestFrontier,
  paneStart,
  trustState,
  watermark,
  windowEnds,
  type TrustState,
  type WindowSpec,
} from '../index.js';

/**
 * Runs a test of time written as a script. Times are UTC times of one day, `12:00` or `12:00:03`. Lines:
 *
 *     window tumbling 1m | window hopping 5m every 1m
 *     delay 5s
 *     allowed 2m
 *     partitions 2
 *     event 12:00:03 [p1] [value]        an event of that time arrives (partition p0, value 1)
 *     idle 12:05 [p1]                    the partition, read to its end, advances by the clock
 *     expect 12:01 = 3 live [late 1]     the window that ends at 12:01 holds 3
 *     expect 12:01 nothing               it holds no event
 *
 * Returns what did not hold, a line each; empty when all did. Throws on a line that it cannot read.
 */
export function runTimeScript(script: string): string[] {
  const run = new ScriptRun();
  const failures: string[] = [];
  script.split('\n').forEach((raw, index) => {
    const line = raw.replace(/#.*$/, '').trim();
    if (line === '') return;
    const failure = run.line(line);
    if (failure !== undefined) failures.push(`line ${index + 1}: ${line}: ${failure}`);
  });
  return failures;
}

class ScriptRun {
  private window: WindowSpec = { sizeMs: 60_000, everyMs: 60_000 };
  private delayMs = 0;
  private allowedMs = 0;
  private frontiers: number[] = [-1];
  private readonly panes = new Map<number, { sum: number; events: number; late: number }>();

  line(line: string): string | undefined {
    const words = line.split(/\s+/);
    switch (words[0]) {
      case 'window': {
        const sizeMs = duration(words[2]);
        this.window = { sizeMs, everyMs: words[1] === 'hopping' ? duration(words[4]) : sizeMs };
        return undefined;
      }
      case 'delay':
        this.delayMs = duration(words[1]);
        return undefined;
      case 'allowed':
        this.allowedMs = duration(words[1]);
        return undefined;
      case 'partitions':
        this.frontiers = Array.from({ length: Number(words[1]) }, () => -1);
        return undefined;
      case 'event':
        this.event(
          time(words[1]),
          partition(words),
          Number(words.slice(2).find((word) => !/^p\d/.test(word)) ?? 1),
        );
        return undefined;
      case 'idle':
        this.advance(partition(words), time(words[1]));
        return undefined;
      case 'expect':
        return this.expect(words);
      default:
        throw new Error(`Cannot read: ${line}`);
    }
  }

  private event(timeMs: number, at: number, value: number): void {
    const start = paneStart(timeMs, this.window.everyMs);
    const pane = this.panes.get(start) ?? { sum: 0, events: 0, late: 0 };
    const before = watermark(this.frontiers[at]!, this.delayMs);
    const late = isLate(start + this.window.everyMs, this.allowedMs, before) ? 1 : 0;
    this.panes.set(start, { sum: pane.sum + value, events: pane.events + 1, late: pane.late + late });
    this.advance(at, timeMs);
  }

  private advance(at: number, timeMs: number): void {
    this.frontiers[at] = Math.max(this.frontiers[at]!, timeMs);
  }

  private expect(words: readonly string[]): string | undefined {
    const endMs = time(words[1]);
    const panes = [...this.panes].filter(([start]) => windowEnds(start, this.window).includes(endMs));
    if (words[2] === 'nothing') return panes.length === 0 ? undefined : `it holds ${panes.length} panes`;
    const sum = panes.reduce((total, [, pane]) => total + pane.sum, 0);
    const late = panes.reduce((total, [, pane]) => total + pane.late, 0);
    const lowest = lowestFrontier(this.frontiers);
    const state: TrustState = trustState({
      endMs,
      allowedMs: this.allowedMs,
      watermarkMs: watermark(lowest, this.delayMs),
      lateEvents: late,
    });
    const wantedLate = words[5] === 'late' ? Number(words[6]) : 0;
    const found = `= ${sum} ${state} late ${late}`;
    const wanted = `= ${Number(words[3])} ${words[4] ?? ''} late ${wantedLate}`;
    return found === wanted ? undefined : `found ${found}`;
  }
}

function partition(words: readonly string[]): number {
  return Number(words.find((word) => /^p\d+$/.test(word))?.slice(1) ?? 0);
}

function time(text: string | undefined): number {
  const parts = /^(\d\d):(\d\d)(?::(\d\d(?:\.\d{3})?))?$/.exec(text ?? '');
  if (parts === null) throw new Error(`Not a time of day: ${text}`);
  return (Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3] ?? 0)) * 1000;
}

function duration(text: string | undefined): number {
  const parts = /^(\d+)(s|m|h)$/.exec(text ?? '');
  if (parts === null) throw new Error(`Not a duration: ${text}`);
  return Number(parts[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[parts[2] as 's' | 'm' | 'h'];
}
