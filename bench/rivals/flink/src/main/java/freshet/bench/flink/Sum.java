package freshet.bench.flink;

import freshet.bench.Totals;
import org.apache.flink.api.common.functions.AggregateFunction;

/** Adds contributions up. */
final class Sum implements AggregateFunction<Contribution, Totals, Totals> {
  @Override
  public Totals createAccumulator() {
    return new Totals();
  }

  @Override
  public Totals add(Contribution value, Totals sum) {
    return sum.add(value.totals);
  }

  @Override
  public Totals getResult(Totals sum) {
    return sum;
  }

  @Override
  public Totals merge(Totals left, Totals right) {
    return left.add(right);
  }
}
