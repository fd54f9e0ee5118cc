package freshet.bench;

/**
 * The eight metrics of the catalogue as sums by key. A key is `metric|dimension|dimension…`; longer
 * windows, distinct users and the quantile are put together from one-minute panes when they are read.
 */
public final class Metrics {
  private static final double PER_LOG = 1 / Math.log(1.02);

  private Metrics() {}

  /** Told what an event adds. */
  @FunctionalInterface
  public interface Target {
    void add(String key, Totals totals);
  }

  /** Tells `target` what an event adds to each metric. */
  public static void of(ShopEvent event, Target target) {
    ShopEvent.Data data = event.data;
    switch (event.type) {
      case "orders.order_placed" -> {
        String money = data.region + "|" + data.currency;
        target.add("orders|" + data.channel + "|" + data.region, new Totals(1, 1, 0));
        target.add("gross_revenue|" + money, new Totals(1, data.totalMinor, 0));
        target.add("average_order_value|" + money, new Totals(1, data.totalMinor, 1));
      }
      case "payments.payment_attempted" -> {
        long failed = data.status.equals("failed") ? 1 : 0;
        String rate = "checkout_failure_rate|" + data.provider + "|" + data.region;
        target.add(rate, new Totals(1, failed, 1));
        String latency = "payment_latency_p95|" + data.provider + "|" + bucket(data.latencyMs);
        target.add(latency, new Totals(1, 1, 0));
      }
      case "clickstream.page_viewed" ->
          target.add("page_views|" + data.page, new Totals(1, 1, 0));
      case "clickstream.session_started", "clickstream.order_completed" -> {
        if (data.campaign != null) {
          long completed = event.type.equals("clickstream.order_completed") ? 1 : 0;
          String key = "promotion_conversion|" + data.campaign;
          target.add(key, new Totals(1, completed, 1 - completed));
        }
      }
      default -> {}
    }
    if (event.topic.equals("clickstream")) {
      target.add("active_users|" + data.region + "|" + data.userId, new Totals(1, 1, 0));
    }
  }

  /** Logarithmic bucket of a latency, two per cent wide. */
  private static long bucket(long value) {
    return value <= 0 ? 0 : (long) Math.floor(Math.log(value) * PER_LOG) + 1;
  }
}
