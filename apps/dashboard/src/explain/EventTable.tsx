import { type EventColumn, type ExplainedEvent } from '@freshet/live-protocol';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import classes from './Explain.module.css';

/** CloudEvents' own fields say nothing more than the place in the log does. */
const PLUMBING = new Set(['id', 'source', 'type', 'time', 'specversion']);

/** Events as rows; what this user may not see says so, and why. */
export function EventTable({
  columns,
  events,
  label,
}: {
  columns: readonly EventColumn[];
  events: readonly ExplainedEvent[];
  label: string;
}) {
  const { explain: words } = useWords();
  const { figures } = useBusiness();
  const shown = columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ name }) => !PLUMBING.has(name));
  const masked = shown.filter((column) => column.masked);
  return (
    <>
      <div className={classes['scroll']} tabIndex={0} role="region" aria-label={label}>
        <table className={classes['table']} data-events={events.length}>
          <thead>
            <tr>
              <th scope="col">{words.offset}</th>
              <th scope="col">{words.eventTime}</th>
              {shown.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {events.map((event) => (
              <tr key={`${event.incarnation}.${event.partition}.${event.offset}`}>
                <th
                  scope="row"
                  title={words.place(String(event.partition), figures.seconds(event.logTimeMs))}
                >
                  {figures.decimals(event.offset, 0)}
                </th>
                <td>{figures.millis(event.eventTimeMs)}</td>
                {shown.map((column) => (
                  <td key={column.name} className={column.masked ? classes['weak'] : undefined}>
                    {column.masked ? words.masked : text(event.values[column.index])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {masked.length > 0 && (
        <p className={classes['note']}>
          {words.maskedWhy(
            masked.map(({ name }) => name).join(', '),
            [...new Set(masked.map(({ classification }) => words.classes[classification]))].join(', '),
          )}
        </p>
      )}
    </>
  );
}

function text(value: string | number | boolean | null | undefined): string {
  return value === null || value === undefined ? '–' : String(value);
}
