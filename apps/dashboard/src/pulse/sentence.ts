import { type Connection } from '@freshet/live-client';
import { type Freshness, type MetricInfo } from '@freshet/live-protocol';
import { type Figures } from '../figures/figures.js';
import { type Words } from '../words/words.js';

/** The sentence on top: one look tells whether the numbers can be believed. */
export interface Sentence {
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
  readonly text: string;
  /** More about the same; absent: the second line is free for what has changed. */
  readonly more: string | undefined;
}

export interface Situation {
  readonly metrics: readonly Pick<MetricInfo, 'name' | 'title' | 'owner'>[];
  readonly freshness: ReadonlyMap<string, Freshness>;
  readonly connection: Connection;
  readonly nowMs: number;
  /** Most messages that were to be read since the page was opened: what progress is measured by. */
  readonly mostLag: number;
}

function lost(situation: Situation, figures: Figures, words: Words): Sentence | undefined {
  const { connection, freshness, nowMs } = situation;
  if (connection.kind === 'refused') {
    return { tone: 'bad', text: words.sentence.refused, more: connection.message };
  }
  if (connection.kind !== 'reconnecting') return undefined;
  const known = [...freshness.values()].flatMap(({ asOfMs }) => (asOfMs === null ? [] : [asOfMs]));
  const asOf =
    known.length === 0 ? undefined : words.sentence.reconnectingAt(figures.seconds(Math.min(...known)));
  const waitMs = connection.nextAttemptAtMs - nowMs;
  return {
    tone: 'warn',
    text: asOf === undefined ? words.sentence.reconnecting : `${words.sentence.reconnecting}: ${asOf}`,
    more:
      waitMs > 500
        ? words.sentence.nextTry(figures.span(Math.ceil(waitMs / 1000) * 1000))
        : words.sentence.trying,
  };
}

function catchingUp(
  all: readonly Freshness[],
  situation: Situation,
  figures: Figures,
  words: Words,
): Sentence {
  const behindMs = Math.max(...all.map((one) => one.behindMs ?? 0));
  const left = totalLag(all);
  const parts: string[] = [];
  if (left !== undefined) parts.push(words.sentence.catchingUpLeft(figures.decimals(left, 0)));
  if (left !== undefined && situation.mostLag > left) {
    const share = (situation.mostLag - left) / situation.mostLag;
    parts.push(words.sentence.progress(`${figures.decimals(share * 100, 0)}\u00a0%`));
  }
  return {
    tone: 'warn',
    text:
      behindMs > 0 ? words.sentence.catchingUp(figures.duration(behindMs)) : words.sentence.catchingUpStart,
    more: [parts.join(', '), words.sentence.catchingUpHint].filter((part) => part !== '').join('. '),
  };
}

/** Messages still to be read; metrics of one log share them, so the largest counts. Undefined: not known. */
export function totalLag(all: Iterable<Freshness>): number | undefined {
  let most: number | undefined;
  for (const { lagMessages } of all) if (lagMessages !== null) most = Math.max(most ?? 0, lagMessages);
  return most;
}

/** Puts the state of the whole page in words, the gravest matter first. */
export function sentence(situation: Situation, figures: Figures, words: Words): Sentence {
  const { metrics, freshness } = situation;
  if (metrics.length === 0)
    return { tone: 'plain', text: words.sentence.none, more: words.sentence.noneHint };
  const broken = lost(situation, figures, words);
  if (broken !== undefined) return broken;
  if (freshness.size === 0) return { tone: 'plain', text: words.sentence.loading, more: undefined };

  const known = metrics.flatMap((metric) => {
    const found = freshness.get(metric.name);
    return found === undefined ? [] : [{ metric, found }];
  });
  const of = (status: Freshness['status']) => known.filter(({ found }) => found.status === status);
  const behind = of('catching_up');
  if (behind.length > 0)
    return catchingUp(
      behind.map(({ found }) => found),
      situation,
      figures,
      words,
    );

  const stale = of('stale').sort((a, b) => (b.found.behindMs ?? 0) - (a.found.behindMs ?? 0));
  const worst = stale[0];
  if (worst !== undefined) {
    const { metric, found } = worst;
    const age = figures.duration(found.behindMs ?? 0);
    const owner = found.owner ?? metric.owner;
    const where = found.stage === undefined ? '' : words.sentence.waiting(words.stages[found.stage], owner);
    if (stale.length === 1) {
      const text = words.sentence.stale(metric.title, age);
      return { tone: 'warn', text: where === '' ? text : `${text}, ${where}`, more: found.reason };
    }
    const stages = new Set(stale.map((one) => one.found.stage));
    const text = words.sentence.manyStale(String(stale.length), String(metrics.length));
    const common = stages.size === 1 && found.stage !== undefined;
    return {
      tone: 'warn',
      text: common
        ? `${text}: ${words.sentence.waitingAt(words.stages[found.stage as keyof typeof words.stages])}`
        : `${text} · ${words.sentence.worst(metric.title, age)}`,
      more: found.reason,
    };
  }

  const unknown = metrics.length - of('fresh').length;
  if (unknown > 0) return { tone: 'warn', text: words.sentence.unknown(String(unknown)), more: undefined };
  const slowest = Math.max(...known.map(({ found }) => found.behindMs ?? 0));
  const fresh =
    metrics.length === 1 ? words.sentence.oneFresh : words.sentence.allFresh(String(metrics.length));
  return {
    tone: 'good',
    text: `${fresh} · ${words.sentence.slowest(figures.duration(slowest))}`,
    more: undefined,
  };
}
