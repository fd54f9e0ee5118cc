import { type Alert } from '@freshet/live-protocol';
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { Dot, Triangle } from '../design/icons.js';
import { Card } from '../design/primitives.js';
import { Actions } from './Actions.js';
import { History } from './History.js';
import { useBusiness } from '../live/business.js';
import { useServerTime } from '../live/clock.js';
import { alertsQuery } from '../live/rest.js';
import { SentenceLine } from '../pulse/PulseHead.js';
import { Runbook } from '../runbooks/Runbook.js';
import { useWords } from '../words/words.js';
import classes from './Alerts.module.css';

const OVER = new Set<Alert['status']>(['resolved', 'silenced']);

/** What fires, since when, why, whose it is and what to do. */
export function AlertsPage() {
  const { alerts: words } = useWords();
  const { data, isError } = useQuery(alertsQuery);
  const alerts = data?.alerts ?? [];
  const now = alerts.filter(({ status }) => !OVER.has(status));
  const past = alerts.filter(({ status }) => OVER.has(status));
  const firing = now.filter(({ status }) => status !== 'pending').length;
  const said = isError
    ? ({ tone: 'warn', text: words.unread, more: words.unreadHint } as const)
    : firing > 0
      ? ({ tone: 'bad', text: words.firing(String(firing)), more: undefined } as const)
      : ({ tone: data === undefined ? 'plain' : 'good', text: words.none, more: words.noneHint } as const);
  return (
    <>
      <header className={classes['head']}>
        <SentenceLine said={said} />
        <p className={classes['second']}>{said.more}</p>
      </header>
      {now.length > 0 && <List title={words.active} alerts={now} />}
      {past.length > 0 && <List title={words.past} alerts={past} />}
    </>
  );
}

function List({ title, alerts }: { title: string; alerts: readonly Alert[] }) {
  return (
    <section className={classes['list']}>
      <h2>{title}</h2>
      <Card>
        {alerts.map((alert) => (
          <One key={alert.key} alert={alert} />
        ))}
      </Card>
    </section>
  );
}

function One({ alert }: { alert: Alert }) {
  const { alerts: words, stages } = useWords();
  const { figures, metrics } = useBusiness();
  const nowMs = useServerTime(1000);
  const metric = metrics.find(({ name }) => name === alert.metric);
  const firing = alert.status === 'firing';
  return (
    <article className={classes['alert']} data-status={alert.status}>
      <span className={classes['status']}>
        {firing ? <Triangle /> : <Dot size={8} />} {words.status[alert.status]}
      </span>
      <div>
        <h3>
          {metric === undefined ? (
            alert.metric || (alert.topic ?? alert.kind)
          ) : (
            <Link to="/metrics/$name" params={{ name: metric.name }}>
              {metric.title}
            </Link>
          )}
          {alert.metrics.length > 1 && ` ${words.andMore(String(alert.metrics.length - 1))}`}
        </h3>
        <p>{alert.summary}</p>
        {!alert.summary.includes(alert.evidence) && <p className={classes['evidence']}>{alert.evidence}</p>}
        {alert.heldBack !== null && (
          <p className={classes['evidence']}>
            {words.held}: {alert.heldBack}
          </p>
        )}
        {alert.acknowledged !== null && (
          <p className={classes['evidence']}>
            {words.acknowledged(alert.acknowledged.by, figures.dayTime(alert.acknowledged.atMs))}
          </p>
        )}
        {alert.silenced !== null && (
          <p className={classes['evidence']}>
            {words.silenced(
              alert.silenced.by,
              figures.dayTime(alert.silenced.untilMs),
              alert.silenced.reason,
            )}
          </p>
        )}
        <Actions alert={alert} />
        <History alert={alert} />
      </div>
      <dl>
        <div>
          <dt>{words.since}</dt>
          <dd>
            {figures.dayTime(alert.sinceMs)},{' '}
            {figures.duration((alert.resolvedAtMs ?? nowMs) - alert.sinceMs)}
          </dd>
        </div>
        <div>
          <dt>{words.stage}</dt>
          <dd>{stages[alert.stage]}</dd>
        </div>
        {alert.metrics.length > 1 && (
          <div>
            <dt>{words.metrics}</dt>
            <dd>
              {alert.metrics
                .map((name) => metrics.find((one) => one.name === name)?.title ?? name)
                .join(', ')}
            </dd>
          </div>
        )}
        <div>
          <dt>{words.owner}</dt>
          <dd>{alert.owner}</dd>
        </div>
        <div>
          <dt>{words.runbook}</dt>
          <dd>
            <Runbook path={alert.runbook} />
          </dd>
        </div>
      </dl>
    </article>
  );
}
