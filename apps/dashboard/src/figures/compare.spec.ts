import { describe, expect, it } from 'vitest';
import { compare } from './compare.js';
import { Figures } from './figures.js';

const figures = new Figures('en-GB', 'EUR', 'Europe/Berlin', 'pt');
const orders = { unit: 'count', goodDirection: 'up' } as const;
const failures = { unit: 'percent', goodDirection: 'down' } as const;

describe('compare', () => {
  it('counts in per cent of before, and judges by what is good', () => {
    expect(compare(orders, 648, 600, figures)).toMatchObject({
      direction: 'up',
      judgement: 'good',
      amount: '8.0\u00a0%',
    });
    expect(compare(orders, 540, 600, figures)).toMatchObject({ direction: 'down', judgement: 'bad' });
  });

  it('counts shares in points', () => {
    expect(compare(failures, 0.0206, 0.0186, figures)).toMatchObject({
      direction: 'up',
      judgement: 'bad',
      amount: '0.20\u00a0pt',
    });
  });

  it('calls the same what would be shown as no difference', () => {
    expect(compare(orders, 100_001, 100_000, figures)).toMatchObject({
      direction: 'same',
      judgement: 'neutral',
    });
    expect(compare(failures, 0.02, 0.02, figures)).toMatchObject({ direction: 'same' });
  });

  it('says nothing where there is nothing to compare with', () => {
    expect(compare(orders, 5, undefined, figures)).toBeUndefined();
    expect(compare(orders, null, 5, figures)).toBeUndefined();
    expect(compare(orders, 5, 0, figures)).toBeUndefined();
  });
});
