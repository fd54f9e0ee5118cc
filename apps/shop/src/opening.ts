import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { z } from 'zod';

/**
 * One opening of the shop, from the time at which its events start. Kept on disk with how far its messages are
 * acknowledged, so that a shop that was killed goes on with the same ids and ingest drops what it repeats.
 */
const schema = z.object({
  openingId: z.string().min(1),
  /** Settings that shape the events; with others it is another opening. */
  fingerprint: z.string(),
  /** Time of the first event, epoch ms. */
  openedMs: z.number(),
  /** Wall time of the opening, epoch ms: up to it the past is produced. */
  openedAtWallMs: z.number(),
  /** Time of the first event of the first of the openings that follow each other: what goes on since may end in this one. */
  firstOpenedMs: z.number(),
  /** Between those openings nothing was sent. */
  closed: z.array(z.object({ fromMs: z.number(), untilMs: z.number() })),
  /** Every message that left before this time is acknowledged. */
  positionMs: z.number(),
  /** Wall time at which this was written. */
  savedAtMs: z.number(),
});
export type Opening = z.infer<typeof schema>;

/** A break of up to this long is a restart; after a longer one the shop was closed and opens again. */
const LONGEST_RESTART_MS = 60_000;

/** The past is produced at no more than this: two days at 5,000/s would be 864 million events. */
export const MOST_PAST_RATE = 10;

/** Events a second on average at this time; visits already under way when a shop opens now are at its full rate. */
export function rateAt(
  { openedMs, openedAtWallMs }: Pick<Opening, 'openedMs' | 'openedAtWallMs'>,
  rate: number,
  atMs: number,
): number {
  const past = openedMs < openedAtWallMs && atMs < openedAtWallMs;
  return past ? Math.min(rate, MOST_PAST_RATE) : rate;
}

/** Closed hours are remembered while something from before may still end: no longer than this, and no more than so many. */
const CLOSED_REMEMBERED_MS = 7 * 86_400_000;
const MOST_CLOSED = 200;

/** @param before the opening that this one follows, of the same settings */
export function newOpening(nowMs: number, openedMs: number, fingerprint: string, before?: Opening): Opening {
  const openingId = randomBytes(4).toString('hex');
  const break_ = before && { fromMs: before.positionMs, untilMs: openedMs };
  return {
    openingId,
    fingerprint,
    openedMs,
    openedAtWallMs: nowMs,
    firstOpenedMs: before?.firstOpenedMs ?? openedMs,
    closed: [...(before?.closed ?? []), ...(break_ ? [break_] : [])]
      .filter(({ untilMs }) => openedMs - untilMs < CLOSED_REMEMBERED_MS)
      .slice(-MOST_CLOSED),
    positionMs: openedMs,
    savedAtMs: nowMs,
  };
}

export interface Past {
  /** What was saved, if anything. */
  readonly saved: Opening | undefined;
  /** Whether every topic is empty. */
  readonly topicsEmpty: boolean;
  readonly nowMs: number;
  readonly fingerprint: string;
  readonly backfillMs: number;
  /** Going on must generate again what was under way: whether that is affordable at this rate. */
  readonly canGoOn: boolean;
}

export type Beginning = { readonly opening: Opening; readonly reason: 'first' | 'continued' | 'reopened' };

/**
 * Decides how the shop begins. Empty topics: the past first. An unfinished past is continued however long the break
 * was. Otherwise a short break is continued, and after a longer one the shop opens now; its closed hours stay empty.
 */
export function begin(past: Past): Beginning {
  const { saved, nowMs, fingerprint, backfillMs } = past;
  if (past.topicsEmpty) {
    return { opening: newOpening(nowMs, nowMs - backfillMs, fingerprint), reason: 'first' };
  }
  if (saved !== undefined && saved.fingerprint === fingerprint && past.canGoOn) {
    const inThePast = saved.positionMs < saved.openedAtWallMs;
    if (inThePast || nowMs - saved.savedAtMs <= LONGEST_RESTART_MS) {
      return { opening: saved, reason: 'continued' };
    }
  }
  const before = saved?.fingerprint === fingerprint ? saved : undefined;
  return { opening: newOpening(nowMs, nowMs, fingerprint, before), reason: 'reopened' };
}

/** What was saved; undefined where nothing usable is kept. */
export function loadOpening(file: string): Opening | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Replaces the file in one step. Throws where the folder cannot be written. */
export function saveOpening(file: string, opening: Opening): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(opening));
  renameSync(`${file}.new`, file);
}
