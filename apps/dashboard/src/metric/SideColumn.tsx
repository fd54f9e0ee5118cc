import { usePaint } from '@freshet/live-client/react';
import { type Freshness, type MetricInfo } from '@freshet/live-protocol';
import { useClipboard } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode } from 'react';
import { Copy, Diamond, Dot, QuietRing } from '../design/icons.js';
import { Card } from '../design/primitives.js';
import { StageBar } from '../freshness/StageBar.js';
import { type ExplainAddress } from '../explain/address.js';
import { useBusiness } from '../live/business.js';
import { freshnessQuery, sqlQuery } from '../live/rest.js';
import { Runbook } from '../runbooks/Runbook.js';
import { useWords } from '../words/words.js';
import { Sql } from './Sql.js';
import { useWindowWords } from './window-words.js';
import classes from './Side.module.css';

const DAY_MS = 86_400_000;

/** Can I believe it, what is it, whom do I ask, how do I get the same number elsewhere. */
export function SideColumn({
  metric,
  freshness,
  number,
}: {
  metric: MetricInfo;
  freshness: Freshness | undefined;
  /** The newest closed window of the chart; undefined: there is none yet. */
  number: ExplainAddress | undefined;
}) {
  const { metric: words } = useWords();
  const { figures } = useBusiness();
  const windowWords = useWindowWords();
  const { window, lateness } = metric;
  return (
    <aside className={classes['side']}>
      <Card>
        <FreshnessPart metric={metric} freshness={freshness} />
        <Part
          title={words.definition}
          right={<code className={classes['revision']}>{metric.revision.slice(0, 7)}</code>}
        >
          <p className={classes['text']}>{metric.description}</p>
          <Facts
            facts={[
              [words.source, metric.source],
              [words.counts, metric.meaning],
              [words.window, windowWords(window)],
              [words.dimensions, metric.dimensions.join(', ')],
              [words.lateEvents, words.lateWords(figures.span(lateness.allowedMs))],
              [words.goodIs, words.good[metric.goodDirection]],
            ]}
          />
        </Part>
        <Part title={words.owner}>
          <Facts
            facts={[
              [words.team, metric.owner],
              [words.runbook, <Runbook key="runbook" path={metric.runbook} />],
            ]}
          />
        </Part>
        {number === undefined ? null : <SqlPart number={number} />}
      </Card>
    </aside>
  );
}

function FreshnessPart({ metric, freshness }: { metric: MetricInfo; freshness: Freshness | undefined }) {
  const { metric: words, stages, tile } = useWords();
  const { figures } = useBusiness();
  const paint = usePaint(metric.name);
  const { data: known } = useQuery(freshnessQuery);
  const status = freshness?.status ?? 'unknown';
  const { objective, overMs, targetMs } = metric.freshness;
  const marks = {
    fresh: { icon: <Dot size={8} />, colour: 'var(--good)', text: words.onTarget },
    stale: { icon: <Diamond />, colour: 'var(--warn)', text: words.stale },
    catching_up: { icon: <Diamond />, colour: 'var(--warn)', text: words.catchingUp },
    unknown: { icon: <QuietRing />, colour: 'var(--t3)', text: words.unknown },
  }[status];
  const behindMs = freshness?.behindMs ?? null;
  const asOfMs = freshness?.asOfMs ?? null;
  return (
    <Part
      title={words.freshness}
      right={
        <span className={classes['status']} style={{ color: marks.colour }}>
          {marks.icon} {marks.text}
        </span>
      }
    >
      <p className={classes['behind']}>
        <b>{behindMs === null ? '–' : figures.duration(behindMs)}</b> {words.behind} · {words.target}{' '}
        {figures.span(targetMs)}
      </p>
      <StageBar metric={metric} freshness={freshness} way={known?.paths[metric.name]} width={278} legend />
      <Facts
        facts={[
          [words.asOf, asOfMs === null ? tile.noAsOf : figures.seconds(asOfMs)],
          ...(paint?.producedToPaintMs === undefined
            ? []
            : [[words.onScreen, words.onScreenWords(figures.duration(paint.producedToPaintMs))] as const]),
          ...(freshness?.lagMessages === null || freshness === undefined
            ? []
            : [[words.toRead, words.messages(figures.decimals(freshness.lagMessages, 0))] as const]),
          ...(freshness?.stage === undefined ? [] : [[words.stage, stages[freshness.stage]] as const]),
          ...(freshness?.reason === undefined ? [] : [[words.why, freshness.reason] as const]),
          [
            words.objective,
            words.objectiveWords(
              `${figures.decimals(objective * 100, 1)}\u00a0%`,
              words.days(figures.decimals(overMs / DAY_MS, 0)),
            ),
          ],
        ]}
      />
    </Part>
  );
}

/** SQL of the very number that the page shows, over the facts: right also where parts cannot be added up. */
function SqlPart({ number }: { number: ExplainAddress }) {
  const { metric: words } = useWords();
  const { data } = useQuery(sqlQuery(number));
  const sql = data?.sql ?? '';
  const clipboard = useClipboard({ timeout: 2000 });
  return (
    <Part
      title={words.sql}
      right={
        <button type="button" className={classes['copy']} onClick={() => clipboard.copy(sql)}>
          <Copy /> {clipboard.copied ? words.copied : words.copy}
        </button>
      }
    >
      <Sql text={sql} />
    </Part>
  );
}

function Part({ title, right, children }: { title: string; right?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes['part']}>
      <header>
        <h2>{title}</h2>
        {right}
      </header>
      {children}
    </section>
  );
}

function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={classes['facts']}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
