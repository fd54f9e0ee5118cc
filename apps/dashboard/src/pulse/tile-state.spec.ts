import { type Connection, type LiveState } from '@freshet/live-client';
import { type Freshness } from '@freshet/live-protocol';
import { describe, expect, it } from 'vitest';
import { type Line, type Slice } from '../figures/series.js';
import { isOff, newestGap, tileState } from './tile-state.js';

const open: Connection = { kind: 'open', sinceMs: 0, user: { name: 'local', role: 'admin' } };
const data = { points: [], version: '1', revision: 'r', asOfMs: 5, servedAtMs: 5 };
const fresh: Freshness = {
  metric: 'orders',
  asOfMs: 5,
  behindMs: 700,
  targetMs: 2_000,
  status: 'fresh',
  stages: {},
  lagMessages: 0,
  quiet: false,
};
const value: LiveState = { kind: 'value', data, freshness: fresh };

function line(values: readonly (number | null)[], incomplete: readonly number[] = []): Line {
  const closed = values.map((one, index): Slice => ({
    startMs: index * 60,
    endMs: index * 60 + 60,
    value: one,
    numerator: undefined,
    denominator: undefined,
    state: 'final',
    lateEvents: 0,
    incomplete: incomplete.includes(index),
    partial: false,
  }));
  return { series: [], currency: undefined, closed, open: undefined };
}

describe('tileState', () => {
  it('never dresses an error as empty', () => {
    const error: LiveState = {
      kind: 'error',
      code: 'unavailable',
      message: 'refused',
      retryAfterMs: 4000,
      data: undefined,
    };
    expect(tileState(error, fresh, open, undefined, undefined).kind).toBe('error');
    expect(tileState({ ...error, code: 'forbidden' }, fresh, open, undefined, undefined).kind).toBe(
      'forbidden',
    );
  });

  it('keeps the last numbers without colour when the socket is down or the target is missed', () => {
    const down: LiveState = { kind: 'stale', data, why: 'disconnected', freshness: fresh };
    expect(tileState(down, fresh, open, undefined, line([1]))).toMatchObject({
      kind: 'reconnecting',
      asOfMs: 5,
    });
    const late = tileState(value, { ...fresh, status: 'stale' }, open, undefined, line([1]));
    expect(late.kind).toBe('stale');
    expect(isOff(late)).toBe(true);
  });

  it('is not fresh without evidence', () => {
    expect(tileState(value, undefined, open, undefined, line([1])).kind).toBe('unknown');
  });

  it('tells a quiet log from a fault, and from a log that has just nothing new', () => {
    expect(tileState(value, { ...fresh, quiet: true }, open, undefined, line([3, 0]))).toEqual({
      kind: 'quiet',
      lastMs: 60,
    });
    expect(tileState(value, { ...fresh, quiet: true }, open, undefined, line([3, 2])).kind).toBe('fresh');
    const share = line([0]);
    const noneOfTen = { ...share, closed: share.closed.map((one) => ({ ...one, denominator: 10 })) };
    expect(tileState(value, { ...fresh, quiet: true }, open, undefined, noneOfTen).kind).toBe('fresh');
  });

  it('shows the newest known gap', () => {
    expect(newestGap(line([1, 2, 3, 4, 5], [0, 2, 3]))).toEqual({ fromMs: 120, toMs: 240 });
    expect(tileState(value, fresh, open, undefined, line([1, 2], [1])).kind).toBe('gap');
    expect(tileState(value, fresh, open, undefined, line([1, 2])).kind).toBe('fresh');
  });
});
