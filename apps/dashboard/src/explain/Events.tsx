import { useInfiniteQuery } from '@tanstack/react-query';
import { eventsQuery } from '../live/rest.js';
import { useWords } from '../words/words.js';
import { type ExplainAddress } from './address.js';
import { EventTable } from './EventTable.js';
import classes from './Explain.module.css';

interface EventsProps {
  readonly address: ExplainAddress;
  readonly paneMs: number;
  /** `incarnation.partition` */
  readonly partition: string;
}

/** The events of one slice and partition, fifty at a time. */
export function Events({ address, paneMs, partition }: EventsProps) {
  const { explain: words } = useWords();
  const { data, error, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery(
    eventsQuery(address, paneMs, partition),
  );
  if (error !== null) return <p className={classes['note']}>{error.message}</p>;
  if (data === undefined) return <p className={classes['note']}>{words.reading}</p>;
  const events = data.pages.flatMap((page) => page.events);
  if (events.length === 0) return <p className={classes['note']}>{words.noEvents}</p>;
  return (
    <>
      <EventTable columns={data.pages[0]?.columns ?? []} events={events} label={words.events} />
      {hasNextPage && (
        <button
          type="button"
          className={classes['next']}
          disabled={isFetching}
          onClick={() => void fetchNextPage()}
        >
          {words.next}
        </button>
      )}
    </>
  );
}
