import { type BacklogResult } from '../scenarios/backlog-result.js';
import { newestOf, type Result } from './result-file.js';

/** A ratio may fall by this much before it is worth a word: noise of a shared machine is below it. */
const TOLERANCE = 0.25;

/** Compares the ratios to the rivals, not times, with the newest accepted ones, and tells what became worse. */
export function warnings(result: Result): string[] {
  return (['guard', 'backlog'] as const).flatMap((key) => {
    const figures = result[key];
    return figures === undefined ? [] : warningsOf(figures, newestOf(key)?.figures);
  });
}

/** Ratios of a short run are lower than those of a long one: only runs of the same number of events compare. */
function warningsOf(figures: BacklogResult, accepted: BacklogResult | undefined): string[] {
  const wrong = figures.contestants
    .filter(({ name, passes }) => name === 'freshet' && passes.some(({ right }) => !right))
    .map(({ title }) => `${title} counted wrong`);
  if (accepted === undefined || accepted.events !== figures.events) return wrong;
  const worse = Object.entries(accepted.ratios).flatMap(([rival, before]) =>
    (['cold', 'warm'] as const).flatMap((kind) => {
      const [was, is] = [before[kind], figures.ratios[rival]?.[kind]];
      if (was === undefined || is === undefined || is >= was * (1 - TOLERANCE)) return [];
      return [`${rival} (${kind}): ${is.toFixed(2)} times as fast, was ${was.toFixed(2)}`];
    }),
  );
  return [...wrong, ...worse];
}
