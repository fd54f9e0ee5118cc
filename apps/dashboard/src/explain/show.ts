import { type Explanation, type Measured, type MetricInfo } from '@freshet/live-protocol';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';

/** How the parts of one number are written. */
export interface Show {
  readonly ratio: boolean;
  readonly currency: string;
  value(measured: Pick<Measured, 'value'> | null): string;
  whole(value: number | null | undefined): string;
  /** `68 / 3,304` of a ratio, else the value. */
  sum(measured: Measured | null): string;
  /** `68 of 3,304` of a ratio, else the number of events. */
  made(measured: Measured | null): string;
}

export function useShow(metric: MetricInfo, explanation: Explanation): Show {
  const words = useWords();
  const { figures, business, metrics } = useBusiness();
  const currency = explanation.filter[metric.currencyDimension ?? '']?.[0] ?? business.currency;
  const ratio = metric.measure === 'ratio';
  const whole = (value: number | null | undefined) =>
    value === null || value === undefined ? '–' : figures.decimals(value, Number.isInteger(value) ? 0 : 2);
  const value = (measured: Pick<Measured, 'value'> | null) =>
    figures.value(metric.unit, measured?.value ?? null, currency);
  // Amounts of money are in minor units: the parts of a ratio of two metrics are written as their own values.
  const parts = explanation.parts.map(
    (part) => metrics.find(({ name }) => name === part.metric)?.unit ?? 'count',
  );
  const divided = ({ numerator, denominator }: Measured) => {
    const [upper = 'count', lower = 'count'] = parts;
    return words.metric.of(
      figures.value(upper, numerator ?? null, currency),
      figures.value(lower, denominator ?? null, currency),
    );
  };
  return {
    ratio,
    currency,
    value,
    whole,
    sum: (measured) =>
      measured === null
        ? ''
        : ratio
          ? `${whole(measured.numerator)} / ${whole(measured.denominator)}`
          : value(measured),
    made: (measured) =>
      measured === null
        ? ''
        : parts.length > 0
          ? divided(measured)
          : ratio
            ? words.metric.of(whole(measured.numerator), whole(measured.denominator))
            : words.explain.ofEvents(whole(measured.events)),
  };
}
