import { type FreshnessList } from '@freshet/live-protocol';
import { Card } from '../design/primitives.js';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import classes from './Freshness.module.css';

/** The topics behind the metrics: read to the end or not, silent or not, and the message that proves the way. */
export function Sources({ list }: { list: FreshnessList }) {
  const { freshness: words } = useWords();
  const { figures } = useBusiness();
  const { canary } = list;
  return (
    <div className={classes['group']}>
      <Card label={words.sources}>
        <div className={classes['scroll']}>
          <table className={classes['table']}>
            <thead>
              <tr>
                <th scope="col">
                  <b>{words.sources}</b>
                </th>
                <th scope="col" className={classes['left']}>
                  {words.sourceState}
                </th>
                <th scope="col">{words.asOf}</th>
                <th scope="col">{words.toRead}</th>
                <th scope="col">{words.silence}</th>
                <th scope="col">{words.slowest}</th>
              </tr>
            </thead>
            <tbody>
              {list.sources.map((source) => (
                <tr key={source.topic} data-status={source.state === 'dead' ? 'stale' : undefined}>
                  <th scope="row">
                    {source.topic}
                    <small>{source.owner}</small>
                  </th>
                  <td className={classes['left']}>{words.sourceStates[source.state]}</td>
                  <td className={classes['fact']} data-label={words.asOf}>
                    {source.completeUpToMs === null
                      ? words.noEvidence
                      : figures.seconds(source.completeUpToMs)}
                  </td>
                  <td className={classes['fact']} data-label={words.toRead}>
                    {source.lagMessages === null ? '–' : figures.decimals(source.lagMessages, 0)}
                  </td>
                  <td className={classes['fact']} data-label={words.silence}>
                    {source.silentForMs === null
                      ? '–'
                      : words.silenceWords(
                          figures.duration(source.silentForMs),
                          figures.span(source.maxSilenceMs),
                        )}
                  </td>
                  <td className={classes['detail']}>
                    {source.slowestPartition === null ? '–' : `${source.topic}-${source.slowestPartition}`}
                  </td>
                </tr>
              ))}
              {canary.state !== 'off' && (
                <tr>
                  <th scope="row">{words.canary}</th>
                  <td className={classes['left']}>{words.canaryStates[canary.state]}</td>
                  <td className={classes['fact']} data-label={words.asOf}>
                    {canary.sentAtMs === null ? '–' : figures.seconds(canary.sentAtMs)}
                  </td>
                  <td className={classes['detail']} />
                  <td className={classes['fact']} data-label={words.behind}>
                    {canary.totalMs === null ? '–' : figures.duration(canary.totalMs)}
                  </td>
                  <td className={classes['detail']} />
                </tr>
              )}
            </tbody>
          </table>
        </div>
      </Card>
    </div>
  );
}
