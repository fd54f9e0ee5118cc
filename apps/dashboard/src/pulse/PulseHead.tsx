import { useAllFreshness, useConnection } from '@freshet/live-client/react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ArrowDown, ArrowUp, Diamond, Dot, QuietRing, Triangle } from '../design/icons.js';
import { useBusiness } from '../live/business.js';
import { useServerTime } from '../live/clock.js';
import { useWords } from '../words/words.js';
import { largest, useChanges, useCompared } from './changes.js';
import { Rail } from './Rail.js';
import { sentence, totalLag, type Sentence } from './sentence.js';
import classes from './Pulse.module.css';

const SHAPES = {
  good: <Dot size={12} colour="var(--good)" />,
  warn: <Diamond size={17} colour="var(--warn)" />,
  bad: <Triangle size={16} colour="var(--bad)" />,
  plain: <QuietRing size={13} colour="var(--t3)" />,
};

/** The sentence for the page's state now, with the progress of a backlog measured since the page was opened. */
export function useSentence(): Sentence {
  const words = useWords();
  const { metrics, figures } = useBusiness();
  const freshness = useAllFreshness();
  const connection = useConnection();
  useServerTime(1000);
  const lag = totalLag(freshness.values()) ?? 0;
  const [mostLag, setMostLag] = useState(0);
  if (lag > mostLag) setMostLag(lag);
  // eslint-disable-next-line react-hooks/purity -- the next try is told by the browser's own clock
  return sentence({ metrics, freshness, connection, nowMs: Date.now(), mostLag }, figures, words);
}

export function SentenceLine({
  said,
  className = classes['sentence'],
}: {
  said: Sentence;
  className?: string | undefined;
}) {
  return (
    <h1 className={className} data-tone={said.tone}>
      <span className={classes['shape']}>{SHAPES[said.tone]}</span>
      {said.text}
    </h1>
  );
}

export function PulseHead() {
  const said = useSentence();
  return (
    <div className={classes['top']}>
      <div className={classes['words']}>
        <SentenceLine said={said} />
        <SecondLine said={said} />
      </div>
      <Rail />
    </div>
  );
}

/** What changed; or more about what is wrong; or the alert. One line high in every state. */
function SecondLine({ said }: { said: Sentence }) {
  const words = useWords();
  const { figures, openAlerts, metrics } = useBusiness();
  const changes = useChanges();
  const compared = useCompared();
  const nowMs = useServerTime(1000);
  const [alert] = openAlerts;
  if (alert !== undefined) {
    return (
      <p className={classes['second']}>
        <span className={classes['item']}>
          <Triangle colour="var(--bad)" />
          <span className={classes['summary']} title={alert.summary}>
            <b className={classes['bad']}>{words.alerts.headline(figures.duration(nowMs - alert.sinceMs))}</b>{' '}
            {alert.summary}
          </span>
        </span>
        <Link to="/alerts" className={classes['action']}>
          {words.alerts.open}
        </Link>
      </p>
    );
  }
  if (said.more !== undefined) return <p className={classes['second']}>{said.more}</p>;
  if (said.tone === 'plain') return <p className={classes['second']} />;
  const shown = largest(changes.values(), 3);
  const isSteady = changes.size > 0 && metrics.every(({ name }) => compared.has(name));
  if (shown.length === 0) {
    return <p className={classes['second']}>{isSteady ? words.sentence.steady : ''}</p>;
  }
  const known = new Set(metrics.map(({ name }) => name));
  return (
    <ul className={classes['second']}>
      {shown
        .filter(({ metric }) => known.has(metric.name))
        .map(({ metric, comparison }) => {
          const colour =
            comparison.judgement === 'good'
              ? 'var(--good)'
              : comparison.judgement === 'bad'
                ? 'var(--bad)'
                : 'var(--t3)';
          const up = comparison.direction === 'up';
          return (
            <li key={metric.name} className={classes['item']}>
              {up ? <ArrowUp colour={colour} /> : <ArrowDown colour={colour} />}
              <span>
                <b>{metric.title}</b> {comparison.amount}{' '}
                {up
                  ? words.compare.above(words.compare.yesterday)
                  : words.compare.below(words.compare.yesterday)}
              </span>
            </li>
          );
        })}
    </ul>
  );
}
