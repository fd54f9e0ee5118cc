import { Link, useParams } from '@tanstack/react-router';
import { Notice } from '../design/primitives.js';
import { Patterns } from '../design/patterns.js';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import { MetricBody } from './MetricBody.js';

/** One metric, closely. All state is in the address. */
export function MetricPage() {
  const { name } = useParams({ from: '/metrics/$name' });
  const { metrics } = useBusiness();
  const { frame } = useWords();
  const metric = metrics.find((one) => one.name === name);
  if (metric === undefined) {
    return (
      <Notice title={frame.notFound} hint={frame.notFoundHint} action={<Link to="/">{frame.toPulse}</Link>} />
    );
  }
  return (
    <>
      <Patterns />
      <MetricBody key={name} metric={metric} />
    </>
  );
}
