import { type Connection } from '@freshet/live-client';
import { type Freshness } from '@freshet/live-protocol';
import { describe, expect, it } from 'vitest';
import { Figures } from '../figures/figures.js';
import { en } from '../words/en/index.js';
import { sentence, type Situation } from './sentence.js';

const figures = new Figures('en-GB', 'EUR', 'Europe/Berlin', 'pt');
const NOW = Date.UTC(2025, 10, 20, 13, 32, 9);
const open: Connection = { kind: 'open', sinceMs: 0, user: { name: 'local', role: 'admin' } };
const metrics = [
  { name: 'orders', title: 'Orders', owner: 'commerce-team' },
  { name: 'failures', title: 'Checkout failures', owner: 'payments-team' },
];

function fresh(metric: string, behindMs: number, more: Partial<Freshness> = {}): Freshness {
  return {
    metric,
    asOfMs: NOW - behindMs,
    behindMs,
    targetMs: 2_000,
    status: 'fresh',
    stages: {},
    lagMessages: 0,
    quiet: false,
    ...more,
  };
}

function say(all: readonly Freshness[], more: Partial<Situation> = {}) {
  const freshness = new Map(all.map((one) => [one.metric, one]));
  const said = sentence(
    { metrics, freshness, connection: open, nowMs: NOW, mostLag: 0, ...more },
    figures,
    en,
  );
  return { ...said, text: said.text.replaceAll('\u00a0', ' '), more: said.more?.replaceAll('\u00a0', ' ') };
}

describe('sentence', () => {
  it('is good only when every metric is proven fresh', () => {
    expect(say([fresh('orders', 700), fresh('failures', 1_200)])).toMatchObject({
      tone: 'good',
      text: 'All 2 metrics fresh · slowest 1.2 s behind',
    });
    expect(say([fresh('orders', 700)])).toMatchObject({ tone: 'warn' });
    expect(say([fresh('orders', 700), fresh('failures', 0, { status: 'unknown' })]).tone).toBe('warn');
    expect(say([])).toMatchObject({ tone: 'plain', text: 'Reading the metrics' });
  });

  it('names what is stale, the stage and the owner', () => {
    const stale = fresh('failures', 14_000, { status: 'stale', stage: 'ingest', owner: 'payments-team' });
    expect(say([fresh('orders', 700), stale])).toMatchObject({
      tone: 'warn',
      text: 'Checkout failures: stale for 14 s, waiting at ingest, payments-team owns it',
    });
  });

  it('sums up several that wait at one stage', () => {
    const stale = ['orders', 'failures'].map((name) =>
      fresh(name, 9_000, { status: 'stale', stage: 'store' }),
    );
    expect(say(stale).text).toBe('2 of 2 metrics are stale: waiting at store');
  });

  it('is honest about a backlog and its progress', () => {
    const behind = { status: 'catching_up', lagMessages: 250_000 } as const;
    const said = say([fresh('orders', 7_200_000, behind), fresh('failures', 0)], { mostLag: 1_000_000 });
    expect(said.text).toBe('Catching up, 2 h behind');
    expect(said.more).toContain('250,000 messages left to read, 75 % read since this page was opened');
  });

  it('says before all else that the connection is lost', () => {
    const connection: Connection = {
      kind: 'reconnecting',
      sinceMs: NOW,
      attempt: 1,
      nextAttemptAtMs: NOW + 2_000,
      reason: 'gone',
    };
    expect(say([fresh('orders', 700), fresh('failures', 4_000)], { connection })).toMatchObject({
      tone: 'warn',
      text: 'Connection lost: numbers are as of 14:32:05',
      more: 'next try in 2 s',
    });
  });

  it('tells that nothing is defined', () => {
    expect(say([], { metrics: [] }).text).toBe('No metric is defined yet');
  });
});
