import { type MetricInfo } from '@freshet/live-protocol';
import { stepOf } from '../figures/steps.js';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';

/** How windows of a metric follow each other, in words. */
export function useWindowWords(): (window: MetricInfo['window']) => string {
  const { metric: words } = useWords();
  const { figures } = useBusiness();
  return (window) => {
    const every = figures.span(stepOf({ window }));
    if (window.session !== undefined) return words.sessions(figures.span(window.session.gapMs), every);
    return window.kind === 'hopping'
      ? words.hopping(figures.span(window.sizeMs), every)
      : words.tumbling(every);
  };
}
