import { type Explanation } from '@freshet/live-protocol';
import { useBusiness } from '../live/business.js';
import { type ExplainAddress } from './address.js';
import { ExplainButton } from './ExplainButton.js';
import classes from './Explain.module.css';

/** The two metrics that a ratio divides, over the same window: each leads on to its own events. */
export function Parts({ explanation, address }: { explanation: Explanation; address: ExplainAddress }) {
  const { figures, metrics, business } = useBusiness();
  return (
    <table className={classes['table']}>
      <tbody>
        {explanation.parts.map((part) => {
          const metric = metrics.find(({ name }) => name === part.metric);
          const currency = explanation.filter[metric?.currencyDimension ?? '']?.[0] ?? business.currency;
          return (
            <tr key={part.metric}>
              <th scope="row">{metric?.title ?? part.metric}</th>
              <td>
                <ExplainButton address={{ ...address, metric: part.metric, filter: explanation.filter }}>
                  {figures.value(metric?.unit ?? 'count', part.value, currency)}
                </ExplainButton>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
