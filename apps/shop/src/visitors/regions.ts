import { Weighted } from '../random/weighted.js';

/** Sales regions as the contracts have them. */
export type Region =
  'UK & Ireland' | 'DACH' | 'Nordics' | 'Benelux' | 'France' | 'Southern Europe' | 'Rest of world';

/** Share of the visits, and countries with their share of the region. */
const MARKETS: readonly (readonly [Region, number, readonly (readonly [string, number])[]])[] = [
  [
    'UK & Ireland',
    44,
    [
      ['United Kingdom', 91],
      ['Ireland', 9],
    ],
  ],
  [
    'DACH',
    18,
    [
      ['Germany', 72],
      ['Austria', 14],
      ['Switzerland', 14],
    ],
  ],
  [
    'Nordics',
    8,
    [
      ['Sweden', 38],
      ['Denmark', 26],
      ['Norway', 22],
      ['Finland', 14],
    ],
  ],
  [
    'Benelux',
    8,
    [
      ['Netherlands', 62],
      ['Belgium', 34],
      ['Luxembourg', 4],
    ],
  ],
  ['France', 9, [['France', 1]]],
  [
    'Southern Europe',
    8,
    [
      ['Spain', 42],
      ['Italy', 38],
      ['Portugal', 20],
    ],
  ],
  [
    'Rest of world',
    5,
    [
      ['United States', 48],
      ['Australia', 22],
      ['Japan', 18],
      ['Canada', 12],
    ],
  ],
];

export interface Market {
  readonly region: Region;
  readonly country: string;
  readonly currency: 'GBP' | 'EUR';
}

const MARKET = new Weighted<Market>(
  MARKETS.flatMap(([region, share, countries]) => {
    const total = countries.reduce((sum, [, weight]) => sum + weight, 0);
    return countries.map(([country, weight]): [Market, number] => [
      {
        region,
        country,
        currency: country === 'United Kingdom' || region === 'Rest of world' ? 'GBP' : 'EUR',
      },
      (share * weight) / total,
    ]);
  }),
);

/** The market of a visitor, by a number in [0, 1). */
export function marketOf(u: number): Market {
  return MARKET.pick(u);
}

/** Region of a country of the recorded purchases, by its English name. */
const REGION_OF: Readonly<Record<string, Region>> = {
  'United Kingdom': 'UK & Ireland',
  Ireland: 'UK & Ireland',
  'Channel Islands': 'UK & Ireland',
  Germany: 'DACH',
  Austria: 'DACH',
  Switzerland: 'DACH',
  Sweden: 'Nordics',
  Denmark: 'Nordics',
  Norway: 'Nordics',
  Finland: 'Nordics',
  Iceland: 'Nordics',
  Netherlands: 'Benelux',
  Belgium: 'Benelux',
  Luxembourg: 'Benelux',
  France: 'France',
  Spain: 'Southern Europe',
  Italy: 'Southern Europe',
  Portugal: 'Southern Europe',
  Greece: 'Southern Europe',
  Malta: 'Southern Europe',
  Cyprus: 'Southern Europe',
};

export function regionOf(country: string): Region {
  return REGION_OF[country] ?? 'Rest of world';
}
