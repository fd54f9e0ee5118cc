import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { begin, loadOpening, newOpening, rateAt, saveOpening } from './opening.js';

const HOUR_MS = 3_600_000;
const nowMs = 1_000 * HOUR_MS;
const past = { topicsEmpty: false, nowMs, fingerprint: 'f', backfillMs: 48 * HOUR_MS, canGoOn: true };
const finished = {
  ...newOpening(nowMs - HOUR_MS, nowMs - 49 * HOUR_MS, 'f'),
  positionMs: nowMs,
  savedAtMs: nowMs,
};

test('empty topics get the past first, whatever was kept', () => {
  for (const saved of [undefined, finished]) {
    const { opening, reason } = begin({ ...past, saved, topicsEmpty: true });
    expect(reason).toBe('first');
    expect(opening).toMatchObject({ openedMs: nowMs - 48 * HOUR_MS, positionMs: nowMs - 48 * HOUR_MS });
  }
});

test('an unfinished past is continued with the same ids, however long ago', () => {
  const saved = { ...finished, positionMs: nowMs - 20 * HOUR_MS, savedAtMs: nowMs - 10 * HOUR_MS };
  expect(begin({ ...past, saved })).toEqual({ opening: saved, reason: 'continued' });
});

test('a short break is continued; after a longer one the shop opens now', () => {
  const short = { ...finished, savedAtMs: nowMs - 20_000 };
  expect(begin({ ...past, saved: short }).reason).toBe('continued');
  const night = begin({ ...past, saved: { ...finished, savedAtMs: nowMs - 8 * HOUR_MS } });
  expect(night.reason).toBe('reopened');
  expect(night.opening.openedMs).toBe(nowMs);
  expect(night.opening.openingId).not.toBe(finished.openingId);
});

test('other settings, an unaffordable rate or nothing kept: it opens now', () => {
  const saved = { ...finished, savedAtMs: nowMs - 1_000 };
  expect(begin({ ...past, saved, fingerprint: 'other' }).reason).toBe('reopened');
  expect(begin({ ...past, saved, canGoOn: false }).reason).toBe('reopened');
  expect(begin({ ...past, saved: undefined }).opening.openedMs).toBe(nowMs);
});

test('what is kept is read back; what is broken is nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freshet-opening-'));
  try {
    const file = join(folder, 'shop', 'state.json');
    expect(loadOpening(file)).toBeUndefined();
    saveOpening(file, finished);
    expect(loadOpening(file)).toEqual(finished);
    writeFileSync(file, '{"openingId":');
    expect(loadOpening(file)).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a high rate is for now: the past has an ordinary one, and a shop that opens now starts at full rate', () => {
  const withPast = newOpening(nowMs, nowMs - 48 * HOUR_MS, 'f');
  expect(rateAt(withPast, 5_000, nowMs - 1)).toBe(10);
  expect(rateAt(withPast, 5_000, nowMs)).toBe(5_000);
  expect(rateAt(withPast, 2, nowMs - 1)).toBe(2);
  const now = newOpening(nowMs, nowMs, 'f');
  expect(rateAt(now, 5_000, nowMs - 60_000)).toBe(5_000);
});
