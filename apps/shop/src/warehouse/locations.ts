import type { Region } from '../visitors/regions.js';

export type Location = 'Leeds' | 'Rotterdam' | 'Leipzig' | 'Milan';

/** Share of what is sold, by the regions that a warehouse serves, and the local hour of its daily delivery. */
export const LOCATIONS: readonly {
  readonly location: Location;
  readonly share: number;
  readonly deliveryHour: number;
}[] = [
  { location: 'Leeds', share: 0.49, deliveryHour: 13 },
  { location: 'Rotterdam', share: 0.25, deliveryHour: 11 },
  { location: 'Leipzig', share: 0.18, deliveryHour: 15 },
  { location: 'Milan', share: 0.08, deliveryHour: 12 },
];

const SERVED_BY: Readonly<Record<Region, Location>> = {
  'UK & Ireland': 'Leeds',
  'Rest of world': 'Leeds',
  Nordics: 'Rotterdam',
  Benelux: 'Rotterdam',
  France: 'Rotterdam',
  DACH: 'Leipzig',
  'Southern Europe': 'Milan',
};

export function warehouseOf(region: Region): Location {
  return SERVED_BY[region];
}
