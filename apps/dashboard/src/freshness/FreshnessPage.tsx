import { useAllFreshness } from '@freshet/live-client/react';
import { stageSchema } from '@freshet/live-protocol';
import { useQuery } from '@tanstack/react-query';
import { Card } from '../design/primitives.js';
import { useBusiness } from '../live/business.js';
import { freshnessQuery, objectivesQuery } from '../live/rest.js';
import { SentenceLine, useSentence } from '../pulse/PulseHead.js';
import { useWords } from '../words/words.js';
import { Sources } from './Sources.js';
import { TargetTable } from './TargetTable.js';
import classes from './Freshness.module.css';

/** Per metric how far behind it is, by stage, against its target, and what may still go wrong. Live; by REST until the socket has spoken. */
export function FreshnessPage() {
  const words = useWords();
  const { metrics, figures } = useBusiness();
  const live = useAllFreshness();
  const { data } = useQuery(freshnessQuery);
  const { data: kept } = useQuery(objectivesQuery);
  const all = live.size > 0 ? live : new Map((data?.metrics ?? []).map((one) => [one.metric, one]));
  const objectives = new Map((kept?.objectives ?? []).map((one) => [one.metric, one]));
  const sources = new Map((data?.sources ?? []).map((one) => [one.topic, one]));
  const said = useSentence();
  const onTarget = [...all.values()].filter(({ status }) => status === 'fresh').length;
  const slowest = [...all.values()]
    .filter(({ status }) => status !== 'fresh')
    .sort((a, b) => (b.behindMs ?? 0) - (a.behindMs ?? 0))[0];
  const title = metrics.find(({ name }) => name === slowest?.metric)?.title;
  const text =
    onTarget === metrics.length
      ? words.freshness.allOnTarget(String(metrics.length))
      : words.freshness.onTarget(String(onTarget), String(metrics.length));
  const worst =
    title === undefined || slowest === undefined || slowest.behindMs === null
      ? ''
      : ` · ${words.sentence.worst(title, figures.duration(slowest.behindMs))}`;
  const headline = all.size === 0 || said.tone === 'plain' ? said : { ...said, text: text + worst };
  const targets = [...new Set(metrics.map((metric) => metric.freshness.targetMs))].sort((a, b) => a - b);
  const first = objectives.values().next().value;
  const dayMs = 86_400_000;
  return (
    <>
      <header className={classes['head']}>
        <SentenceLine said={headline} />
        <p className={classes['second']}>{said.more}</p>
        <div className={classes['legend']}>
          <ul className={classes['stages']}>
            {stageSchema.options.map((stage) => (
              <li key={stage}>
                <i style={{ background: `var(--s-${stage})` }} />
                <b>{words.stages[stage]}</b>
                {words.stageMeanings[stage]}
              </li>
            ))}
          </ul>
          <p className={classes['note']}>
            {words.freshness.definition}
            {first !== undefined && (
              <>
                <br />
                {words.freshness.budget(
                  `${figures.decimals((1 - first.objective) * 100, 1)}\u00a0%`,
                  words.metric.days(figures.decimals(first.overMs / dayMs, 0)),
                  figures.duration(first.budgetSeconds * 1000),
                  figures.duration((first.budgetSeconds * 1000 * dayMs) / first.overMs),
                )}
              </>
            )}
          </p>
        </div>
      </header>
      {targets.map((targetMs) => (
        <div key={targetMs} className={classes['group']}>
          <Card label={words.freshness.group(figures.span(targetMs))}>
            <TargetTable
              targetMs={targetMs}
              metrics={metrics
                .filter((metric) => metric.freshness.targetMs === targetMs)
                .toSorted(
                  (a, b) =>
                    (all.get(b.name)?.behindMs ?? 0) - (all.get(a.name)?.behindMs ?? 0) ||
                    (a.name < b.name ? -1 : 1),
                )}
              all={all}
              objectives={objectives}
              sources={sources}
              ways={data?.paths ?? {}}
            />
          </Card>
        </div>
      ))}
      {data !== undefined && data.sources.length > 0 && <Sources list={data} />}
    </>
  );
}
