import { type Explanation, type MetricInfo } from '@freshet/live-protocol';
import { useClipboard } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';
import { Copy } from '../design/icons.js';
import { useBusiness } from '../live/business.js';
import { Sql } from '../metric/Sql.js';
import { useWords } from '../words/words.js';
import { type ExplainAddress } from './address.js';
import { Chunks, Panes } from './Slices.js';
import { Parts } from './Parts.js';
import { Events } from './Events.js';
import { Proof } from './Proof.js';
import { Revised } from './Revised.js';
import { useShow } from './show.js';
import classes from './Explain.module.css';

interface ExplainedProps {
  readonly metric: MetricInfo;
  readonly address: ExplainAddress;
  readonly explanation: Explanation;
  readonly setPaneMs: (ms: number) => void;
  readonly again: () => void;
  readonly busy: boolean;
}

/** The way of one number, step by step: definition, slices, chunks, events, SQL, proof. */
export function Explained({ metric, address, explanation, setPaneMs, again, busy }: ExplainedProps) {
  const { explain: words, metric: metricWords } = useWords();
  const { figures } = useBusiness();
  const show = useShow(metric, explanation);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const { stored, panes, chunks, window } = explanation;
  const chunk = chunks.find((one) => keyOf(one) === chosen) ?? chunks.at(-1);
  const figure =
    stored === null || stored.value === null
      ? undefined
      : figures.figure(metric.unit, stored.value, show.currency);
  const partitions = new Set(chunks.map(({ partition }) => partition)).size;
  const clipboard = useClipboard({ timeout: 2000 });
  return (
    <>
      <div className={classes['figures']}>
        <p className={classes['value']} data-explained={stored?.value ?? ''}>
          {figure?.text ?? words.noValue}
          {figure !== undefined && figure.unit !== '' && <span>{figure.unit}</span>}
        </p>
        <p>{show.made(stored)}</p>
        <p className={classes['right']}>
          {stored === null
            ? ''
            : explanation.parts.length > 0
              ? metricWords.states[stored.state]
              : words.trust(metricWords.states[stored.state], figures.decimals(partitions, 0))}
        </p>
      </div>
      <ol className={classes['steps']}>
        <Step
          title={words.definition}
          about={words.revision(
            explanation.revision.slice(0, 7),
            explanation.activeSinceMs === null ? undefined : figures.dayTime(explanation.activeSinceMs),
            explanation.owner,
          )}
        >
          <p className={classes['meaning']}>
            {explanation.meaning}.{' '}
            {window.endMs - window.startMs > window.everyMs
              ? words.hopping(figures.span(window.endMs - window.startMs), figures.span(window.everyMs))
              : words.tumbling(figures.span(window.everyMs))}
          </p>
        </Step>
        {explanation.parts.length > 0 && (
          <Step title={words.parts} about={words.partsAbout}>
            <Parts explanation={explanation} address={address} />
          </Step>
        )}
        {explanation.parts.length === 0 && metric.window.session === undefined && (
          <Step
            title={words.panes}
            about={words.slices(figures.decimals(panes.length, 0), figures.span(window.paneMs))}
            sum={show.sum(stored)}
          >
            <Panes show={show} explanation={explanation} choose={setPaneMs} />
          </Step>
        )}
        {explanation.paneStartMs !== null && (
          <Step
            title={words.chunks}
            about={words.chunksOf(
              figures.time(explanation.paneStartMs),
              figures.time(explanation.paneStartMs + window.paneMs),
              explanation.topic,
            )}
            sum={show.sum(panes.find(({ startMs }) => startMs === explanation.paneStartMs) ?? null)}
          >
            <Chunks
              show={show}
              explanation={explanation}
              chosen={chunk === undefined ? undefined : keyOf(chunk)}
              choose={setChosen}
            />
          </Step>
        )}
        {explanation.revised !== null && (
          <Step
            title={words.late}
            about={words.lateAbout(figures.decimals(explanation.revised.lateEvents, 0))}
          >
            <Revised show={show} explanation={explanation} revised={explanation.revised} />
          </Step>
        )}
        {chunk !== undefined && explanation.paneStartMs !== null && (
          <Step
            title={words.events}
            about={words.eventsOf(
              figures.decimals(chunk.events, 0),
              `${explanation.topic}-${chunk.partition}`,
            )}
          >
            <Events
              key={`${explanation.paneStartMs} ${chunk.incarnation} ${chunk.partition}`}
              address={address}
              paneMs={explanation.paneStartMs}
              partition={`${chunk.incarnation}.${chunk.partition}`}
            />
          </Step>
        )}
        <Step
          title={words.sql}
          about={
            explanation.factsAsOfMs === null
              ? words.factsNone
              : words.factsThrough(figures.seconds(explanation.factsAsOfMs))
          }
        >
          <Sql text={explanation.sql} />
          <p className={classes['actions']}>
            <button
              type="button"
              className={classes['button']}
              onClick={() => clipboard.copy(explanation.sql)}
            >
              <Copy /> {clipboard.copied ? metricWords.copied : words.copySql}
            </button>
            <button type="button" className={classes['button']} onClick={again} disabled={busy}>
              {words.runAgain}
            </button>
          </p>
        </Step>
        <Step title={words.proof} last>
          <Proof show={show} explanation={explanation} />
        </Step>
      </ol>
    </>
  );
}

export function keyOf(chunk: Explanation['chunks'][number]): string {
  return `${chunk.incarnation}.${chunk.partition}.${chunk.chunk}`;
}

function Step({
  title,
  about,
  sum,
  last = false,
  children,
}: {
  title: string;
  about?: string;
  sum?: string;
  last?: boolean;
  children: ReactNode;
}) {
  return (
    <li className={classes['step']} data-last={last || undefined}>
      <div className={classes['stepHead']}>
        <h3>{title}</h3>
        {about !== undefined && <span>{about}</span>}
        {sum !== undefined && sum !== '' && <b>{sum}</b>}
      </div>
      {children}
    </li>
  );
}
