/** The number that is explained, as it stands in the address: a link shows another person the same one. */
export interface ExplainAddress {
  readonly metric: string;
  /** End of its window, epoch ms. */
  readonly endMs: number;
  /** Step of its windows; absent: the metric's own. */
  readonly everyMs: number | undefined;
  readonly filter: Readonly<Record<string, readonly string[]>>;
}

/** `orders~1795239600000~60000~channel:web`; the step may be empty, filters may be left out. */
export function formatAddress({ metric, endMs, everyMs, filter }: ExplainAddress): string {
  const filters = Object.entries(filter).flatMap(([dimension, values]) =>
    values.map(
      (value) => `${encodeURIComponent(dimension)}:${encodeURIComponent(value).replaceAll('~', '%7E')}`,
    ),
  );
  return [metric, endMs, everyMs ?? '', ...filters].join('~');
}

/** Undefined for what is not an address: an old or broken link then opens the page without a drawer. */
export function parseAddress(text: unknown): ExplainAddress | undefined {
  if (typeof text !== 'string' || text.length > 2_000) return undefined;
  const [metric = '', end = '', every = '', ...filters] = text.split('~');
  const isNumber = /^\d{1,15}$/;
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(metric) || !isNumber.test(end)) return undefined;
  const filter: Record<string, string[]> = {};
  for (const entry of filters) {
    const colon = entry.indexOf(':');
    if (colon < 1) return undefined;
    try {
      const dimension = decodeURIComponent(entry.slice(0, colon));
      (filter[dimension] ??= []).push(decodeURIComponent(entry.slice(colon + 1)));
    } catch {
      return undefined;
    }
  }
  return { metric, endMs: Number(end), everyMs: isNumber.test(every) ? Number(every) : undefined, filter };
}
