import { describe, expect, it } from 'vitest';
import { Figures } from './figures.js';

const figures = new Figures('en-GB', 'EUR', 'Europe/Berlin', 'pt');
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('figures', () => {
  it('writes each unit as a person would', () => {
    expect(figures.figure('count', 126410)).toEqual({ text: '126,410', unit: '' });
    expect(figures.figure('percent', 0.0206)).toEqual({ text: '2.06', unit: '%' });
    expect(figures.figure('milliseconds', 412.4)).toEqual({ text: '412', unit: 'ms' });
    expect(plain(figures.value('percent', 0.0388))).toBe('3.88 %');
    expect(figures.value('count', null)).toBe('–');
  });

  it('takes money in minor units, leaves cents out of large sums, and knows currencies without cents', () => {
    expect(figures.figure('money', 4_736_200)).toEqual({ text: '€47,362', unit: '' });
    expect(figures.figure('money', 7309).text).toBe('€73.09');
    expect(figures.figure('money', 7309, 'GBP').text).toBe('£73.09');
    expect(figures.figure('money', 4200, 'JPY').text).toBe('¥4,200');
    expect(figures.figure('money', 0).text).toBe('€0');
    expect(figures.plain('money', 123_456)).toBe('1,234.56');
  });

  it('says how long in the fitting unit', () => {
    expect(plain(figures.duration(740))).toBe('0.7 s');
    expect(plain(figures.duration(14_200))).toBe('14 s');
    expect(plain(figures.duration(6 * 60_000))).toBe('6 min');
    expect(plain(figures.duration(132 * 60_000))).toBe('2 h 12 m');
    expect(plain(figures.duration(76 * 3_600_000))).toBe('3 d 4 h');
    expect(plain(figures.duration(-5))).toBe('0.0 s');
  });

  it('writes set lengths without digits that they do not have', () => {
    expect([2_000, 60_000, 300_000, 86_400_000, 1_500, 250].map((ms) => plain(figures.span(ms)))).toEqual([
      '2 s',
      '1 min',
      '5 min',
      '1 d',
      '1.5 s',
      '250 ms',
    ]);
  });

  it('tells the time of the business, whatever the clock of the machine', () => {
    const at = Date.UTC(2025, 10, 20, 13, 32, 41);
    expect(figures.time(at)).toBe('14:32');
    expect(figures.seconds(at)).toBe('14:32:41');
    expect(figures.day(at)).toBe('Thu 20 Nov');
  });
});
