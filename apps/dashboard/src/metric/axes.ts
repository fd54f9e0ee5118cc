const TICK = { fill: 'var(--t3)', fontSize: 11 } as const;

/** Look of the axis of time, by the ends of steps. */
export const TIME_AXIS = {
  dataKey: 'endMs',
  type: 'number',
  height: 32,
  tickLine: false,
  axisLine: { stroke: 'var(--line2)' },
  tick: TICK,
} as const;

/** Look of the axis of values. */
export const VALUE_AXIS = { width: 52, tickLine: false, axisLine: false, tick: TICK, interval: 0 } as const;
