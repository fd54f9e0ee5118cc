import { PREVIEW_KEPT_DAYS, type Preview } from '@freshet/live-protocol';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { Clock } from '../design/icons.js';
import { Badge, Card, Notice } from '../design/primitives.js';
import { useBusiness } from '../live/business.js';
import { GatewayError, previewQuery } from '../live/rest.js';
import { Sql } from '../metric/Sql.js';
import { useWords } from '../words/words.js';
import classes from './Preview.module.css';

const PreviewChart = lazy(() => import('./PreviewChart.js'));
const KEPT_MS = PREVIEW_KEPT_DAYS * 86_400_000;

/** What `freshet catalog preview` made of a definition: nothing here counts yet. */
export function PreviewPage() {
  const { id } = useParams({ from: '/previews/$id' });
  const { frame } = useWords();
  const { data, error } = useQuery(previewQuery(id));
  if (data !== undefined) return <Previewed preview={data} />;
  if (error === null) return <div data-state="loading" />;
  return (
    <Notice
      title={error.message}
      hint={error instanceof GatewayError ? error.remedy : undefined}
      action={<Link to="/">{frame.toPulse}</Link>}
    />
  );
}

function Previewed({ preview }: { preview: Preview }) {
  const { preview: words, catalogue } = useWords();
  const { figures } = useBusiness();
  const { title, meaning, owner, revision, activeRevision, currency, unit, steps, newest } = preview;
  const currencyAt = newest.dimensions.indexOf(preview.currencyDimension ?? '');
  return (
    <>
      <header className={classes['head']}>
        <h1>{title}</h1>
        <p>
          <Badge tone="warn" icon={<Clock />}>
            {words.notYet}
          </Badge>
        </p>
        <p>{meaning}</p>
        <p>{words.kept(figures.dayTime(preview.madeAtMs), figures.dayTime(preview.madeAtMs + KEPT_MS))}</p>
      </header>
      <div className={classes['cards']}>
        <Card label={words.chart}>
          <p className={classes['legend']}>
            {words.proposed(revision.slice(0, 7))}
            {activeRevision !== undefined && <span>{words.active(activeRevision.slice(0, 7))}</span>}
            {currency !== undefined && <span>{currency}</span>}
          </p>
          <Suspense fallback={<div data-state="loading" />}>
            <PreviewChart preview={preview} />
          </Suspense>
        </Card>
        {newest.rows.length > 0 && (
          <Card label={words.newest}>
            <div className={classes['scroll']} tabIndex={0} role="group" aria-label={words.newest}>
              <table className={classes['table']}>
                <caption>
                  {words.newestOf(
                    figures.dayTime(steps.at(-1)?.endMs ?? 0),
                    String(newest.rows.length),
                    String(newest.of),
                  )}
                </caption>
                <thead>
                  <tr>
                    {newest.dimensions.map((name) => (
                      <th key={name} scope="col">
                        {name}
                      </th>
                    ))}
                    <th scope="col">{words.value}</th>
                  </tr>
                </thead>
                <tbody>
                  {newest.rows.map(({ series, value }) => (
                    <tr key={series.join('|')}>
                      {series.map((each, index) => (
                        <td key={newest.dimensions[index]}>{each}</td>
                      ))}
                      <td>{figures.value(unit, value, series[currencyAt] ?? currency)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </Card>
        )}
        <Card label="SQL">
          <p className={classes['legend']}>
            {words.sql} <span>{`${catalogue.owner}: ${owner}`}</span>
          </p>
          <Sql text={preview.sql} />
        </Card>
      </div>
    </>
  );
}
