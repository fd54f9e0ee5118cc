import { type Explanation, type Measured } from '@freshet/live-protocol';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import { keyOf } from './Explained.js';
import { type Show } from './show.js';
import classes from './Explain.module.css';

interface PanesProps {
  readonly show: Show;
  readonly explanation: Explanation;
  readonly choose: (startMs: number) => void;
}

/** The slices that the window is a merge of; the chosen one is followed further. */
export function Panes({ show, explanation, choose }: PanesProps) {
  const { explain: words, metric } = useWords();
  const { figures } = useBusiness();
  if (explanation.panes.length === 0) return <p className={classes['note']}>{words.nothing}</p>;
  return (
    <table className={classes['table']}>
      <thead>
        <tr>
          <th scope="col">{words.pane}</th>
          <MeasuredHeads show={show} />
          <th scope="col">{words.lateColumn}</th>
          <th scope="col">{metric.state}</th>
        </tr>
      </thead>
      <tbody>
        {explanation.panes.map((pane) => (
          <tr key={pane.startMs} data-lit={pane.startMs === explanation.paneStartMs || undefined}>
            <th scope="row">
              <button
                type="button"
                aria-pressed={pane.startMs === explanation.paneStartMs}
                onClick={() => choose(pane.startMs)}
              >
                {figures.time(pane.startMs)} – {figures.time(pane.endMs)}
              </button>
            </th>
            <MeasuredCells show={show} of={pane} />
            <td>{figures.decimals(pane.lateEvents, 0)}</td>
            <td className={classes['weak']}>{metric.states[pane.state]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface ChunksProps {
  readonly show: Show;
  readonly explanation: Explanation;
  readonly chosen: string | undefined;
  readonly choose: (key: string) => void;
}

/** Runs of offsets whose sums the slice is made of, with the records that pin them to the log. */
export function Chunks({ show, explanation, chosen, choose }: ChunksProps) {
  const { explain: words } = useWords();
  const { figures } = useBusiness();
  const lit = explanation.chunks.find((chunk) => keyOf(chunk) === chosen);
  const lives = new Set(explanation.chunks.map(({ incarnation }) => incarnation)).size > 1;
  const offset = (value: number | null) => (value === null ? '–' : figures.decimals(value, 0));
  return (
    <>
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">{words.partition}</th>
            <th scope="col">{words.firstOffset}</th>
            <th scope="col">{words.lastOffset}</th>
            <MeasuredHeads show={show} />
            <th scope="col">{words.appended}</th>
          </tr>
        </thead>
        <tbody>
          {explanation.chunks.map((chunk) => (
            <tr key={keyOf(chunk)} data-lit={keyOf(chunk) === chosen || undefined}>
              <th scope="row">
                <button
                  type="button"
                  aria-pressed={keyOf(chunk) === chosen}
                  onClick={() => choose(keyOf(chunk))}
                >
                  {explanation.topic}-{chunk.partition}
                  {lives && ` (${words.life(String(chunk.incarnation))})`}
                </button>
              </th>
              <td>{offset(chunk.first)}</td>
              <td>{offset(chunk.last)}</td>
              <MeasuredCells show={show} of={chunk} />
              <td className={classes['weak']}>
                {chunk.appendedMs === null ? '–' : figures.seconds(chunk.appendedMs)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {lit !== undefined && (
        <dl className={classes['prints']}>
          <div>
            <dt>{words.chunkFrom}</dt>
            <dd>{words.offsets(figures.decimals(lit.chunk, 0), figures.decimals(lit.through, 0))}</dd>
          </div>
          {(['opening', 'newest'] as const).map((which) => {
            const print = lit[which];
            if (print === null) return null;
            return (
              <div key={which}>
                <dt>{words.prints[which]}</dt>
                <dd>
                  {figures.decimals(print.offset, 0)} · {figures.seconds(print.logTimeMs)} ·{' '}
                  <code>{print.hash}</code>
                </dd>
              </div>
            );
          })}
        </dl>
      )}
    </>
  );
}

/** Heads over `MeasuredCells`. */
function MeasuredHeads({ show }: { readonly show: Show }) {
  const { explain: words, metric } = useWords();
  const heads = show.ratio ? [metric.numerator, metric.denominator] : [words.value, words.counted];
  return heads.map((head) => (
    <th key={head} scope="col">
      {head}
    </th>
  ));
}

/** What a sum is made of: both parts of a ratio, else its value and the events counted. */
function MeasuredCells({ show, of }: { readonly show: Show; readonly of: Measured }) {
  const [first, second] = show.ratio
    ? [show.whole(of.numerator), show.whole(of.denominator)]
    : [show.value(of), show.whole(of.events)];
  return (
    <>
      <td>{first}</td>
      <td>{second}</td>
    </>
  );
}
