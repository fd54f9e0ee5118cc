import { useAllFreshness } from '@freshet/live-client/react';
import { stageSchema, type Freshness, type MetricInfo } from '@freshet/live-protocol';
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { Diamond, QuietRing } from '../design/icons.js';
import { Card } from '../design/primitives.js';
import { useBusiness } from '../live/business.js';
import { freshnessQuery } from '../live/rest.js';
import { SentenceLine, useSentence } from '../pulse/PulseHead.js';
import { useWords } from '../words/words.js';
import { StageBar, TARGET_AT } from './StageBar.js';
import classes from './Freshness.module.css';

const BAR_WIDTH = 304;

/** Per metric how far behind it is, by stage, against its target. Live; by REST until the socket has spoken. */
export function FreshnessPage() {
  const words = useWords();
  const { metrics, figures } = useBusiness();
  const live = useAllFreshness();
  const { data } = useQuery({ ...freshnessQuery, enabled: live.size === 0 });
  const all = live.size > 0 ? live : new Map((data?.metrics ?? []).map((one) => [one.metric, one]));
  const said = useSentence();
  const onTarget = [...all.values()].filter(({ status }) => status === 'fresh').length;
  const headline =
    all.size === 0 || said.tone === 'plain'
      ? said
      : {
          ...said,
          text:
            onTarget === metrics.length
              ? words.freshness.allOnTarget(String(metrics.length))
              : words.freshness.onTarget(String(onTarget), String(metrics.length)),
        };
  const targets = [...new Set(metrics.map((metric) => metric.freshness.targetMs))].sort((a, b) => a - b);
  return (
    <>
      <header className={classes['head']}>
        <SentenceLine said={headline} />
        <p className={classes['second']}>{said.more ?? words.freshness.definition}</p>
        <ul className={classes['stages']}>
          {stageSchema.options.map((stage) => (
            <li key={stage}>
              <i style={{ background: `var(--s-${stage})` }} />
              <b>{words.stages[stage]}</b>
              {words.stageMeanings[stage]}
            </li>
          ))}
        </ul>
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
            />
          </Card>
        </div>
      ))}
    </>
  );
}

function TargetTable({
  targetMs,
  metrics,
  all,
}: {
  targetMs: number;
  metrics: readonly MetricInfo[];
  all: ReadonlyMap<string, Freshness>;
}) {
  const words = useWords();
  const { figures } = useBusiness();
  const objective = metrics[0]?.freshness.objective ?? 0;
  return (
    <div className={classes['scroll']}>
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">
              <b>{words.freshness.group(figures.span(targetMs))}</b>{' '}
              {words.freshness.at(`${figures.decimals(objective * 100, 1)}\u00a0%`)}
            </th>
            <th scope="col" className={classes['left']}>
              <span className="visually-hidden">{words.frame.freshness}</span>
              <Scale targetMs={targetMs} />
            </th>
            <th scope="col">{words.freshness.behind}</th>
            <th scope="col">{words.freshness.asOf}</th>
            <th scope="col">{words.freshness.toRead}</th>
            <th scope="col" className={classes['left']}>
              {words.freshness.evidence}
            </th>
          </tr>
        </thead>
        <tbody>
          {metrics.map((metric) => (
            <MetricRow key={metric.name} metric={metric} freshness={all.get(metric.name)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Figures over the bars, from nothing to the target. */
function Scale({ targetMs }: { targetMs: number }) {
  const { figures } = useBusiness();
  return (
    <span className={classes['scale']} style={{ width: BAR_WIDTH }} aria-hidden="true">
      {[0, 0.25, 0.5, 0.75, 1].map((share) => (
        <span
          key={share}
          style={{ left: share * TARGET_AT * BAR_WIDTH }}
          data-target={share === 1 || undefined}
        >
          {share === 1 ? figures.span(targetMs) : String((share * targetMs) / 1000)}
        </span>
      ))}
    </span>
  );
}

function MetricRow({ metric, freshness }: { metric: MetricInfo; freshness: Freshness | undefined }) {
  const words = useWords();
  const { figures } = useBusiness();
  const status = freshness?.status ?? 'unknown';
  const asOfMs = freshness?.asOfMs ?? null;
  const behindMs = freshness?.behindMs ?? null;
  const lag = freshness?.lagMessages ?? null;
  return (
    <tr data-status={status}>
      <th scope="row">
        <Link to="/metrics/$name" params={{ name: metric.name }}>
          {(status === 'stale' || status === 'catching_up') && <Diamond />}
          {status === 'unknown' && <QuietRing />}
          {metric.title}
        </Link>
        <small>{metric.owner}</small>
      </th>
      <td className={classes['bar']}>
        <StageBar metric={metric} freshness={freshness} width={BAR_WIDTH} />
      </td>
      <td className={classes['behind']}>{behindMs === null ? '–' : figures.duration(behindMs)}</td>
      <td className={classes['detail']}>
        {asOfMs === null ? words.freshness.noEvidence : figures.seconds(asOfMs)}
      </td>
      <td className={classes['detail']}>{lag === null ? '–' : figures.decimals(lag, 0)}</td>
      <td className={`${classes['left']} ${classes['wide']} ${classes['detail']}`}>
        {freshness?.reason ?? (freshness?.quiet === true ? words.freshness.quiet : '')}
      </td>
    </tr>
  );
}
