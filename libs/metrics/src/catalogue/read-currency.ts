import type { Contract, Section } from '@freshet/contracts';
import type { Dimension, Filter, Measure } from '../metric.js';
import { partsOf } from '../slots.js';

/**
 * Name of the dimension with the currency of a metric's amounts, undefined where there is no money in it or
 * its currency is pinned by an equals filter. Amounts whose currency is neither are reported: they would be
 * added across currencies.
 */
export function readCurrency(
  section: Section,
  contract: Contract,
  metric: { measure: Measure; filter: Filter | undefined; dimensions: readonly Dimension[] },
): string | undefined {
  let dimensionName: string | undefined;
  for (const measure of partsOf(metric.measure)) {
    if (!('field' in measure) || measure.kind === 'distinct') continue;
    const field = contract.fields.find(({ name }) => name === measure.field);
    const currencyField = field?.currencyField;
    if (currencyField === undefined) continue;
    const dimension = metric.dimensions.find(({ field: of, by }) => of === currencyField && by === undefined);
    if (dimension !== undefined) dimensionName = dimension.name;
    else if (!pins(metric.filter, currencyField) && !pins(measure.where, currencyField)) {
      section.problems.add(
        section.at(section.has('dimensions') ? 'dimensions' : 'measure'),
        `dimensions: ${measure.field} is money in ${currencyField}, which is not among the dimensions`,
        `Add ${currencyField} to the dimensions, or pin it: filter { field: ${currencyField}, equals: … }.`,
      );
    }
  }
  return dimensionName;
}

function pins(filter: Filter | undefined, field: string): boolean {
  if (filter?.kind === 'equals') return filter.field === field;
  return filter?.kind === 'all' && filter.filters.some((each) => pins(each, field));
}
