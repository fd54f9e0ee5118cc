import { describe, expect, it } from 'vitest';
import { AlertBook, type AlertRecord } from './alert-book.js';
import type { Finding } from './finding.js';

const START = 1_700_000_000_000;

function finding(metric: string, more: Partial<Finding> = {}): Finding {
  return {
    subject: `stale/${metric}`,
    group: 'stale/broker',
    outcome: 'bad',
    kind: 'stale',
    severity: 'page',
    metric,
    stage: 'broker',
    owner: 'platform-team',
    detail: 'Kafka has not answered for 3.0 s',
    holdMs: 60_000,
    clearMs: 20_000,
    ...more,
  };
}

/** Evaluates once a second over [from, to] seconds; says every change as `second id status`. */
function run(
  book: AlertBook,
  from: number,
  to: number,
  at: (second: number) => readonly Finding[],
): string[] {
  const said: string[] = [];
  for (let second = from; second <= to; second++) {
    for (const { alert, from: before, to: after } of book.evaluate(START + second * 1000, at(second))) {
      said.push(`${second} ${alert.key} ${before ?? 'nothing'} > ${after}`);
    }
  }
  return said;
}

const bad = (...metrics: string[]): Finding[] => metrics.map((metric) => finding(metric));
const ok = (...metrics: string[]): Finding[] => metrics.map((metric) => finding(metric, { outcome: 'ok' }));

describe('AlertBook', () => {
  it('makes one alert of one dead broker, naming all metrics', () => {
    const book = new AlertBook();
    const metrics = Array.from({ length: 40 }, (_, i) => `m${i}`);
    expect(run(book, 0, 120, () => bad(...metrics))).toEqual([
      '0 stale/broker nothing > pending',
      '60 stale/broker pending > firing',
    ]);
    const [alert] = book.alerts();
    expect(alert).toMatchObject({
      stage: 'broker',
      owner: 'platform-team',
      runbook: 'docs/runbooks/stale-broker.md',
    });
    expect(alert?.metrics).toHaveLength(40);
    expect(alert?.summary).toBe(
      'm0, m1, m2 and 37 more are stale, waiting at the broker: Kafka has not answered for 3.0 s',
    );
  });

  it('resolves when each metric was seen well for its time, and not by a blink', () => {
    const book = new AlertBook();
    run(book, 0, 60, () => bad('a', 'b'));
    const said = run(book, 61, 200, (second) => {
      const isBlink = second === 70;
      return second < 100
        ? isBlink
          ? ok('a', 'b')
          : bad('a', 'b')
        : second < 110
          ? [...ok('a'), ...bad('b')]
          : ok('a', 'b');
    });
    expect(said).toEqual(['130 stale/broker firing > resolved']);
  });

  it('never resolves because nothing is told any more, or because it could not be asked', () => {
    const book = new AlertBook();
    run(book, 0, 60, () => bad('a'));
    expect(run(book, 61, 1_000, () => [])).toEqual([]);
    const errors = (second: number): Finding[] => [
      finding('a', { outcome: second % 2 ? 'error' : 'timeout' }),
    ];
    expect(run(book, 1_001, 2_000, errors)).toEqual([]);
    // An error in between makes the way back to well begin anew.
    const mixed = run(book, 2_001, 2_030, (second) => (second === 2_015 ? errors(second) : ok('a')));
    expect(mixed).toEqual([]);
    expect(run(book, 2_031, 2_040, () => ok('a'))).toEqual(['2036 stale/broker firing > resolved']);
  });

  it('ends the part of what a person took away, and the alert with the last of them', () => {
    const book = new AlertBook();
    run(book, 0, 70, () => bad('a', 'b'));
    book.retire(({ metric }) => metric !== 'a');
    expect(run(book, 71, 72, () => bad('b'))).toEqual([]);
    expect(book.alerts()[0]?.members.map(({ metric, open }) => [metric, open])).toEqual([
      ['b', true],
      ['a', false],
    ]);
    book.retire(() => false);
    expect(run(book, 73, 74, () => [])).toEqual(['73 stale/broker firing > resolved']);
  });

  it('does not fire by flapping, and an error does not make it fire', () => {
    const book = new AlertBook();
    run(book, 0, 600, (second) => (second % 60 < 50 ? bad('a') : ok('a')));
    expect(book.alerts().filter(({ firedAtMs }) => firedAtMs !== null)).toEqual([]);
    const other = new AlertBook();
    other.evaluate(START, bad('a'));
    expect(run(other, 1, 600, () => [finding('a', { outcome: 'error' })])).toEqual([]);
    expect(other.alerts()[0]?.heldBack).toBe('Kafka has not answered for 3.0 s');
  });

  it('is acknowledged, silenced until a time, and fires again after it', () => {
    const book = new AlertBook();
    run(book, 0, 60, () => bad('a'));
    const id = book.alerts()[0]?.id as string;
    book.decide({ kind: 'acknowledge', id, by: 'anna', atMs: START, note: 'on it' }, START);
    expect(run(book, 61, 61, () => bad('a'))).toEqual(['61 stale/broker firing > acknowledged']);
    const silence = {
      kind: 'silence',
      key: 'stale/broker',
      by: 'ben',
      atMs: START,
      reason: 'disk swap',
    } as const;
    book.decide({ ...silence, untilMs: START + 100_000 }, START + 61_000);
    expect(run(book, 62, 120, () => bad('a'))).toEqual([
      '62 stale/broker acknowledged > silenced',
      '100 stale/broker silenced > acknowledged',
    ]);
    expect(book.alerts()[0]?.acknowledged?.by).toBe('anna');
    run(book, 121, 141, () => ok('a'));
    // The next occurrence is nobody's yet.
    run(book, 200, 260, () => bad('a'));
    expect(book.alerts()[0]).toMatchObject({ status: 'firing', acknowledged: null });
  });

  it('follows a fault that moves to another stage, but only when that stays', () => {
    const book = new AlertBook();
    run(book, 0, 60, () => bad('a'));
    const ingest = finding('a', { group: 'stale/ingest', stage: 'ingest' });
    expect(run(book, 61, 80, (second) => (second < 75 ? [ingest] : bad('a')))).toEqual([]);
    expect(run(book, 81, 150, () => [{ ...ingest, keepsGroup: true }])).toEqual([]);
    expect(run(book, 151, 200, () => [ingest])).toEqual([
      '181 stale/ingest nothing > firing',
      '181 stale/broker firing > resolved',
    ]);
  });

  it('goes on where another evaluator stopped, under the same id', () => {
    const book = new AlertBook();
    run(book, 0, 30, () => bad('a', 'b'));
    const records: AlertRecord[] = JSON.parse(JSON.stringify(book.takeDirty())) as AlertRecord[];
    const other = new AlertBook();
    other.restore(records, [], START + 31_000);
    expect(run(other, 32, 100, () => bad('a', 'b'))).toEqual(['60 stale/broker pending > firing']);
    run(book, 31, 100, () => bad('a', 'b'));
    expect(other.alerts()[0]?.id).toBe(book.alerts()[0]?.id);
  });
});
