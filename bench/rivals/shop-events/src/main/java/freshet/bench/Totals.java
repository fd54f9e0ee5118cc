package freshet.bench;

/** What one event adds to one series of a metric, or the sum of many: how many events, and two sums. */
public final class Totals {
  public long events;
  public long first;
  public long second;

  public Totals() {}

  public Totals(long events, long first, long second) {
    this.events = events;
    this.first = first;
    this.second = second;
  }

  /** Adds to this one and returns it. */
  public Totals add(Totals other) {
    events += other.events;
    first += other.first;
    second += other.second;
    return this;
  }
}
