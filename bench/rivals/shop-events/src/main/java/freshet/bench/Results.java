package freshet.bench;

/** The table of one-minute panes: a longer version of a pane replaces the shorter one. */
public final class Results {
  private final Table table;

  public Results(ClickHouse server) {
    table = new Table(server, "results");
  }

  /** Totals so far of a key in the minute that starts at `minuteMs`. */
  public void add(String key, long minuteMs, Totals totals) {
    int bar = key.indexOf('|');
    table.add(
        row -> {
          row.string(key.substring(0, bar));
          row.int32((int) (minuteMs / 1000));
          row.string(key.substring(bar + 1));
          row.int64(totals.events);
          row.int64(totals.first);
          row.int64(totals.second);
        });
  }

  public void flush() {
    table.flush();
  }
}
