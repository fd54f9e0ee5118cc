import { type Alert } from '@freshet/live-protocol';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useBusiness } from '../live/business.js';
import { historyQuery } from '../live/rest.js';
import { useWords } from '../words/words.js';
import classes from './Alerts.module.css';

/** How the alert's condition was judged, newest first; asked only when somebody looks. */
export function History({ alert }: { alert: Alert }) {
  const { alerts: words } = useWords();
  const [open, setOpen] = useState(false);
  return (
    <details className={classes['history']} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.history}</summary>
      {open && <Evaluations alertKey={alert.key} />}
    </details>
  );
}

function Evaluations({ alertKey }: { alertKey: string }) {
  const { alerts: words } = useWords();
  const { figures } = useBusiness();
  const { data, error } = useQuery(historyQuery(alertKey));
  if (error !== null) return <p>{error.message}</p>;
  return (
    <ol>
      {(data?.evaluations ?? []).map((one) => (
        <li key={one.atMs}>
          <time dateTime={new Date(one.atMs).toISOString()}>{figures.dayTime(one.atMs)}</time>
          <b data-outcome={one.outcome}>{words.outcomes[one.outcome]}</b>
          <span>
            {one.count > 1 ? `${words.times(figures.decimals(one.count, 0))} ` : ''}
            {one.detail}
          </span>
        </li>
      ))}
    </ol>
  );
}
