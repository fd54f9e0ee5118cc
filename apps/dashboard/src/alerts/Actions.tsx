import { type Alert } from '@freshet/live-protocol';
import { useConnection, useLiveClient } from '@freshet/live-client/react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useBusiness } from '../live/business.js';
import { acknowledge, alertsQuery, GatewayError, silence } from '../live/rest.js';
import { useWords } from '../words/words.js';
import classes from './Alerts.module.css';

const HOUR_MS = 3_600_000;
const LENGTHS_MS = [HOUR_MS, 4 * HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS];
const SHORTEST_REASON = 3;

/** What a person can do about an alert: say that it is in hand, or that it need not be told for a while. */
export function Actions({ alert }: { alert: Alert }) {
  const { alerts: words } = useWords();
  const [silencing, setSilencing] = useState(false);
  const connection = useConnection();
  const client = useLiveClient();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: (decide: () => Promise<void>) => decide(),
    onSuccess: async () => {
      setSilencing(false);
      await queries.invalidateQueries({ queryKey: alertsQuery.queryKey });
    },
  });
  const mayAct = connection.kind === 'open' && connection.user.role !== 'viewer';
  if (!mayAct || alert.status === 'resolved') return null;
  return (
    <div className={classes['actions']}>
      {alert.status === 'firing' && (
        <button
          type="button"
          className={classes['button']}
          disabled={act.isPending}
          onClick={() => act.mutate(() => acknowledge(alert.id, ''))}
        >
          {words.acknowledge}
        </button>
      )}
      {alert.status === 'silenced' ? (
        <button
          type="button"
          className={classes['button']}
          disabled={act.isPending}
          onClick={() =>
            act.mutate(() => silence(alert.key, Math.round(client.serverNowMs()), words.unsilence))
          }
        >
          {words.unsilence}
        </button>
      ) : (
        <button
          type="button"
          className={classes['button']}
          aria-expanded={silencing}
          onClick={() => setSilencing(!silencing)}
        >
          {words.silence}
        </button>
      )}
      {silencing && (
        <SilenceForm
          busy={act.isPending}
          silence={(ms, reason) =>
            act.mutate(() => silence(alert.key, Math.round(client.serverNowMs()) + ms, reason))
          }
        />
      )}
      {act.error !== null && (
        <p className={classes['refused']} role="alert">
          {words.refused}: {act.error.message}{' '}
          {act.error instanceof GatewayError ? act.error.remedy : undefined}
        </p>
      )}
    </div>
  );
}

function SilenceForm({
  busy,
  silence: send,
}: {
  busy: boolean;
  silence: (ms: number, reason: string) => void;
}) {
  const { alerts: words } = useWords();
  const { figures } = useBusiness();
  const [reason, setReason] = useState('');
  const [ms, setMs] = useState(HOUR_MS);
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(ms, reason.trim());
  };
  return (
    <form className={classes['form']} onSubmit={submit}>
      <label>
        {words.silenceFor}
        <select value={ms} onChange={(event) => setMs(Number(event.currentTarget.value))}>
          {LENGTHS_MS.map((length) => (
            <option key={length} value={length}>
              {figures.span(length)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.reason}
        <input
          value={reason}
          maxLength={500}
          aria-describedby={id}
          onChange={(event) => setReason(event.currentTarget.value)}
          autoFocus
        />
      </label>
      <button
        type="submit"
        className={classes['button']}
        disabled={busy || reason.trim().length < SHORTEST_REASON}
      >
        {words.silence}
      </button>
      <p id={id}>{words.reasonHint}</p>
    </form>
  );
}
