/** An event in CloudEvents 1.0 JSON, as topics carry it. */
export interface CloudEvent<Data> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** UTC ISO time with milliseconds. */
  readonly time: string;
  readonly data: Data;
}

export interface EventOptions {
  readonly id: string;
  readonly timeMs: number;
}

export function cloudEvent<Data>(
  { id, timeMs }: EventOptions,
  source: string,
  type: string,
  data: Data,
): CloudEvent<Data> {
  return { specversion: '1.0', id, source, type, time: new Date(timeMs).toISOString(), data };
}
