import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Clock } from '../design/icons.js';
import { Badge, Notice } from '../design/primitives.js';
import { useBusiness } from '../live/business.js';
import { explainQuery, GatewayError } from '../live/rest.js';
import { useWords } from '../words/words.js';
import { type ExplainAddress } from './address.js';
import { Explained } from './Explained.js';
import { useExplain } from './use-explain.js';
import classes from './Explain.module.css';

/** Where a number comes from, beside the page that shows it. A dialog of the browser: it keeps the focus, Esc closes it. */
export default function ExplainDrawer({ address }: { address: ExplainAddress }) {
  const { explain: words, frame } = useWords();
  const { figures, metrics } = useBusiness();
  const { close } = useExplain();
  const dialog = useRef<HTMLDialogElement>(null);
  const [paneMs, setPaneMs] = useState<number | undefined>(undefined);
  const metric = metrics.find(({ name }) => name === address.metric);
  const { data, error, dataUpdatedAt, refetch, isFetching } = useQuery(explainQuery(address, paneMs));
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  const sizeMs = data === undefined ? undefined : data.window.endMs - data.window.startMs;
  const named = Object.entries(address.filter).flatMap(([, values]) => values);
  return (
    <dialog
      ref={dialog}
      className={classes['drawer']}
      aria-labelledby="explain-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div className={classes['sheet']}>
        <div className={classes['head']}>
          <h2 id="explain-title">
            <b>{words.title}</b> {metric?.title ?? address.metric}
            {named.length > 0 && `, ${named.join(', ')}`}
            {sizeMs !== undefined &&
              `, ${words.fromTo(figures.time(address.endMs - sizeMs), figures.time(address.endMs))}`}
          </h2>
          {data !== undefined && (
            <Badge tone="plain" icon={<Clock />}>
              {words.readAt(figures.seconds(dataUpdatedAt))}
            </Badge>
          )}
          <button type="button" className={classes['close']} onClick={close} aria-label={frame.close}>
            Esc
          </button>
        </div>
        <div className={classes['body']} tabIndex={-1} aria-busy={data === undefined && error === null}>
          {metric === undefined ? (
            <Notice title={frame.findNone} />
          ) : data !== undefined ? (
            <Explained
              metric={metric}
              address={address}
              explanation={data}
              setPaneMs={setPaneMs}
              again={() => void refetch()}
              busy={isFetching}
            />
          ) : error !== null ? (
            <Notice
              title={words.failed}
              hint={error instanceof GatewayError ? `${error.message} ${error.remedy ?? ''}` : error.message}
              action={
                <button type="button" className={classes['button']} onClick={() => void refetch()}>
                  {words.again}
                </button>
              }
            />
          ) : (
            <p className={classes['note']}>{words.reading}</p>
          )}
        </div>
      </div>
    </dialog>
  );
}
