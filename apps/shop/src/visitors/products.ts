/** What the simulated shop sells: article, description, price of one piece in pence. */
export interface Product {
  readonly sku: string;
  readonly description: string;
  readonly priceMinor: number;
}

const product = (sku: string, description: string, priceMinor: number): Product => ({
  sku,
  description,
  priceMinor,
});

/** Most wanted first. */
export const PRODUCTS: readonly Product[] = [
  product('AS-1001', 'Stoneware mug, speckled', 1250),
  product('AS-1002', 'Linen tea towel, set of 3', 1800),
  product('AS-1003', 'Beeswax candle, small', 695),
  product('AS-1004', 'Oak serving board', 3450),
  product('AS-1005', 'Enamel storage tin', 1495),
  product('AS-1006', 'Wool throw, heather', 6900),
  product('AS-1007', 'Glass carafe, 1 l', 2200),
  product('AS-1008', 'Brass bell', 975),
  product('AS-1009', 'Notebook, dotted', 850),
  product('AS-1010', 'Cotton apron, indigo', 2650),
  product('AS-1011', 'Cast-iron trivet', 1650),
  product('AS-1012', 'Seed box, herbs', 1195),
  product('AS-1013', 'Paper lantern, white', 540),
  product('AS-1014', 'Copper watering can', 4200),
  product('AS-1015', 'Felt basket, large', 3100),
  product('AS-1016', 'Salt cellar, olive wood', 1390),
  product('AS-1017', 'Picnic rug', 5400),
  product('AS-1018', 'Hand soap, cedar', 780),
  product('AS-1019', 'Wall clock, birch', 7900),
  product('AS-1020', 'Bread knife', 3800),
  product('AS-1021', 'Napkin rings, set of 6', 1950),
  product('AS-1022', 'Garden twine', 450),
  product('AS-1023', 'Reading lamp, brass', 11900),
  product('AS-1024', 'Terracotta planter', 2450),
  product('AS-1025', 'Wicker hamper', 8900),
  product('AS-1026', 'Espresso cups, set of 4', 2990),
  product('AS-1027', 'Door mat, coir', 2150),
  product('AS-1028', 'Jam jar labels', 320),
  product('AS-1029', 'Mohair scarf', 5950),
  product('AS-1030', 'Kitchen scales', 4650),
];

/** Euro cents for a price in pence, by the shop's fixed price list. */
export function euroPrice(priceMinor: number): number {
  return Math.round((priceMinor * 118) / 100);
}
