const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** How a duration is written. */
export const DURATION_PATTERN = /^(\d{1,12})(ms|s|m|h|d)$/;

/** The same, for messages. */
export const DURATION_FORMAT = 'a whole number and one of ms, s, m, h, d (such as 5s, 10m, 30d)';

/**
 * Milliseconds of a duration written as a whole number and a unit: `500ms`, `5s`, `10m`, `2h`, `30d`.
 * Returns undefined for anything else and for more than 10,000 days. A day is 24 hours.
 */
export function parseDurationMs(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const durationMs = Number(match[1]) * (UNITS_MS[match[2] ?? ''] ?? Number.NaN);
  return durationMs <= 864_000_000_000 ? durationMs : undefined;
}
