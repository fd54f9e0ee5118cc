import { type Explanation } from '@freshet/live-protocol';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import { EventTable } from './EventTable.js';
import { type Show } from './show.js';
import classes from './Explain.module.css';

type Revision = NonNullable<Explanation['revised']>;

/** What a window was when it was final, what it is now, and which late events made the difference. */
export function Revised({
  show,
  explanation,
  revised,
}: {
  show: Show;
  explanation: Explanation;
  revised: Revision;
}) {
  const { explain: words } = useWords();
  const { figures } = useBusiness();
  return (
    <>
      <dl className={classes['proof']} data-revised>
        <Box title={words.before} value={show.value(revised.before)} more={show.made(revised.before)} />
        <Box title={words.now} value={show.value(explanation.facts)} more={show.made(explanation.facts)} />
        <Box
          title={words.lateTitle}
          value={figures.decimals(revised.lateEvents, 0)}
          more={
            revised.events.length < revised.lateEvents
              ? words.lateFound(figures.decimals(revised.events.length, 0))
              : words.lateAll
          }
        />
      </dl>
      <EventTable columns={revised.columns} events={revised.events} label={words.late} />
    </>
  );
}

export function Box({
  title,
  value,
  more,
  tone,
}: {
  title: string;
  value: string;
  more: string;
  tone?: 'good' | 'warn' | 'bad' | undefined;
}) {
  return (
    <div data-tone={tone}>
      <dt>{title}</dt>
      <dd>
        <b>{value}</b>
        <span>{more}</span>
      </dd>
    </div>
  );
}
