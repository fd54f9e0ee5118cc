import { newestOf, type Result } from './result-file.js';

/** A ratio may fall by this much before it is worth a word: noise of a shared machine is below it. */
const TOLERANCE = 0.25;

/**
 * Compares the ratios to the rivals, not times, with the newest accepted result, and tells what became worse.
 * Ratios of a short run are lower than those of a long one: only runs of the same number of events compare.
 */
export function warnings(result: Result): string[] {
  const { backlog } = result;
  if (backlog === undefined) return [];
  const wrong = backlog.contestants
    .filter(({ name, passes }) => name === 'freshet' && passes.some(({ right }) => !right))
    .map(({ title }) => `${title} counted wrong`);
  const accepted = newestOf('backlog')?.figures;
  if (accepted === undefined || accepted.events !== backlog.events) return wrong;
  const worse = Object.entries(accepted.ratios).flatMap(([rival, before]) =>
    (['cold', 'warm'] as const).flatMap((kind) => {
      const [was, is] = [before[kind], backlog.ratios[rival]?.[kind]];
      if (was === undefined || is === undefined || is >= was * (1 - TOLERANCE)) return [];
      return [`${rival} (${kind}): ${is.toFixed(2)} times as fast, was ${was.toFixed(2)}`];
    }),
  );
  return [...wrong, ...worse];
}
