import { DURATION_FORMAT, parseDurationMs } from '@freshet/contracts';
import { MissingPrerequisite } from '@freshet/embedded';

/** Epoch ms of an option: an ISO time, or a duration, which is so long ago. @throws MissingPrerequisite */
export function parseTimeOption(name: string, text: string, nowMs: number): number {
  const ago = parseDurationMs(text);
  if (ago !== undefined) return nowMs - ago;
  const timeMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(timeMs))
    throw new MissingPrerequisite(
      `${name} is "${text}": give a time such as 2026-01-31T12:00:00Z, or how long ago, as ${DURATION_FORMAT}.`,
    );
  return timeMs;
}

/** The times between `--from`, by default 24 h ago, and `--to`, by default now; epoch ms. @throws MissingPrerequisite */
export function parseTimeRange(
  { from = '24h', to }: { readonly from?: string; readonly to?: string },
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  return {
    fromMs: parseTimeOption('--from', from, nowMs),
    toMs: to === undefined ? nowMs : parseTimeOption('--to', to, nowMs),
  };
}

/** Milliseconds of an option that is a duration. @throws MissingPrerequisite */
export function parseDurationOption(name: string, text: string): number {
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined || durationMs <= 0)
    throw new MissingPrerequisite(`${name} is "${text}": give ${DURATION_FORMAT}.`);
  return durationMs;
}
