import type { Section } from '@freshet/contracts';
import type { Dimension, Measure, Window } from '../metric.js';
import { SESSION } from '../session-panes.js';
import { partsOf } from '../slots.js';

/** What is told of a session, and of all sessions that ended in a step: sums, which need no other merge than adding. */
const OF_SESSIONS = ['count', 'sum', 'avg', 'sessions', 'duration'];

/** Reports what does not go together: measures, dimensions and limits of a metric whose windows are sessions, or are not. */
export function checkSessions(
  section: Section,
  measure: Measure,
  { session }: Window,
  dimensions: readonly Dimension[],
): void {
  const kinds = [measure, ...partsOf(measure)].map(({ kind }) => kind);
  if (session === undefined) {
    const own = kinds.find((kind) => kind === 'sessions' || kind === 'duration');
    if (own !== undefined) {
      const remedy = 'Write window: { session: { gap: 30m, by: sessionId } }, or another measure.';
      section.report('measure', `${own} is told of sessions, and the window is none`, remedy);
    }
    return;
  }
  const other = kinds.find((kind) => kind !== 'ratio' && !OF_SESSIONS.includes(kind));
  if (other !== undefined) {
    const remedy = `Use ${OF_SESSIONS.join(', ')}, or a ratio of two of them.`;
    section.report('measure', `${other} is not told of sessions`, remedy);
  }
  if (section.has('limits')) {
    const remedy = 'Remove it: there are at most as many sessions as events.';
    section.report('limits', 'do not fold sessions', remedy);
  }
  if (
    dimensions.some(({ name, field, by }) => name === SESSION || (field === session.by && by === undefined))
  ) {
    const remedy = `Remove it: the view tells each session's key in the column ${SESSION}.`;
    section.report('dimensions', `hold the key of the sessions`, remedy);
  }
}
