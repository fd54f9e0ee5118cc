package freshet.bench.flink;

import freshet.bench.Totals;

/** What an event adds to a key, or a window's totals: a POJO, so that Flink serialises it by its fields. */
public final class Contribution {
  public String key;
  /** Start of the window, epoch milliseconds; 0 where it is not in a window yet. */
  public long minuteMs;
  public Totals totals;

  public Contribution() {}

  Contribution(String key, long minuteMs, Totals totals) {
    this.key = key;
    this.minuteMs = minuteMs;
    this.totals = totals;
  }
}
