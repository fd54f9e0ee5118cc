import { Link } from '@tanstack/react-router';
import { Card, Notice } from '../design/primitives.js';
import { useBusiness } from '../live/business.js';
import { useWindowWords } from '../metric/window-words.js';
import { useWords } from '../words/words.js';
import { ContractList } from './ContractList.js';
import classes from './Catalogue.module.css';

/** Every metric with its owner, where it comes from and what it promises. */
export function CataloguePage() {
  const { catalogue: words } = useWords();
  const windowWords = useWindowWords();
  const { metrics, problems, figures } = useBusiness();
  return (
    <>
      <header className={classes['head']}>
        <h1>{words.title(String(metrics.length))}</h1>
        <p>{words.hint}</p>
      </header>
      {problems.length > 0 && (
        <Card>
          <Notice
            title={words.refused}
            hint={problems.map((problem) => (
              <code key={problem}>{problem}</code>
            ))}
          />
        </Card>
      )}
      <Card>
        <div className={classes['scroll']}>
          <table className={`${classes['table']} ${classes['metrics']}`}>
            <thead>
              <tr>
                <th scope="col">{words.metric}</th>
                <th scope="col">{words.owner}</th>
                <th scope="col">{words.lineage}</th>
                <th scope="col">{words.dimensions}</th>
                <th scope="col">{words.window}</th>
                <th scope="col">{words.target}</th>
                <th scope="col">{words.revision}</th>
              </tr>
            </thead>
            <tbody>
              {metrics.map((metric) => (
                <tr key={metric.name}>
                  <th scope="row">
                    <Link to="/metrics/$name" params={{ name: metric.name }}>
                      {metric.title}
                    </Link>
                    <small>{metric.description}</small>
                  </th>
                  <td data-label={words.owner}>
                    {metric.team}
                    <small>{metric.owner}</small>
                  </td>
                  <td data-label={words.lineage}>
                    {metric.topic} → metrics.{metric.name}
                    <small>{metric.meaning}</small>
                  </td>
                  <td data-label={words.dimensions}>{metric.dimensions.join(', ')}</td>
                  <td data-label={words.window}>{windowWords(metric.window)}</td>
                  <td data-label={words.target}>{figures.span(metric.freshness.targetMs)}</td>
                  <td data-label={words.revision}>
                    <code>{metric.revision.slice(0, 7)}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Card>
      <ContractList />
    </>
  );
}
