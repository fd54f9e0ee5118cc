import { describe, expect, it } from 'vitest';
import { AlertBook } from './alert-book.js';
import { valueFinding, type ValueRule, type ValueSeen } from './value-findings.js';

const over: ValueRule = {
  ...{ metric: 'checkout_failure_rate', topic: 'payments', owner: 'payments-team', name: 'too_many' },
  ...{ title: 'Checkout failures over 5 %', severity: 'page', bound: 'above', limit: 0.05, holdMs: 180_000 },
};

const drop: ValueRule = { ...over, bound: 'below', limit: -0.4, againstMs: 7 * 86_400_000 };
const seen = (value: number | null, before?: number, doubt?: string): ValueSeen => ({
  ...{ kind: 'read', value, doubt },
  ...(before === undefined ? {} : { before }),
});

describe('value alerts', () => {
  it('judge a threshold and a change against an earlier window', () => {
    expect(valueFinding(over, seen(0.05)).outcome).toBe('ok');
    expect(valueFinding(over, seen(0.051))).toMatchObject({
      outcome: 'bad',
      detail: 'Checkout failures over 5 %: the value is 0.051, the limit is 0.05',
    });
    expect(valueFinding(drop, seen(60, 100)).outcome).toBe('ok');
    expect(valueFinding(drop, seen(59, 100))).toMatchObject({
      outcome: 'bad',
      detail: expect.stringContaining('-41.0 %'),
    });
  });

  it('hold back while the number cannot be believed, and say so', () => {
    expect(valueFinding(over, seen(0.9, undefined, 'the metric is stale'))).toMatchObject({
      outcome: 'held_back',
      detail: expect.stringContaining('held back, the metric is stale'),
    });
    expect(valueFinding(over, seen(null)).outcome).toBe('held_back');
    expect(valueFinding(drop, seen(5, 0)).outcome).toBe('held_back');
    expect(valueFinding(over, { kind: 'failed', outcome: 'timeout', message: 'no answer' }).outcome).toBe(
      'timeout',
    );
  });

  it('fire after their time, and neither fire nor resolve while held back', () => {
    const book = new AlertBook();
    const at = (second: number, what: ValueSeen): string[] =>
      book.evaluate(second * 1000, [valueFinding(over, what)]).map(({ to }) => to);
    expect(at(0, seen(0.2))).toEqual(['pending']);
    expect(at(200, seen(0.2, undefined, 'the metric is stale'))).toEqual([]);
    expect(book.alerts()[0]?.heldBack).toContain('the metric is stale');
    expect(at(201, seen(0.2))).toEqual(['firing']);
    expect(at(300, seen(0, undefined, 'the metric is stale'))).toEqual([]);
    expect(at(301, seen(0.01))).toEqual([]);
    expect(at(361, seen(0.01))).toEqual(['resolved']);
  });
});
