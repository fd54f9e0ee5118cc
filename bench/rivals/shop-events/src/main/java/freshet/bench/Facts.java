package freshet.bench;

import java.util.List;
import java.util.Map;

/** The three tables that keep every event, with the columns that the contracts name. */
public final class Facts {
  private final Map<String, Table> tables;

  public Facts(ClickHouse server) {
    tables =
        Map.of(
            "orders", new Table(server, "orders_facts"),
            "payments", new Table(server, "payments_facts"),
            "clickstream", new Table(server, "clickstream_facts"));
  }

  public void add(ShopEvent event) {
    tables.get(event.topic).add(row -> write(event, row));
  }

  public void flush() {
    tables.values().forEach(Table::flush);
  }

  private static void write(ShopEvent event, RowBinary row) {
    row.int32(event.partition);
    row.int64(event.offset);
    row.int64(event.logTimeMs);
    row.int64(event.timeMs);
    row.string(event.id);
    row.string(event.source);
    row.string(event.type);
    ShopEvent.Data data = event.data;
    switch (event.topic) {
      case "orders" -> order(data, row);
      case "payments" -> payment(data, row);
      default -> click(data, row);
    }
  }

  private static void order(ShopEvent.Data data, RowBinary row) {
    row.string(data.orderId);
    row.nullable(data.customerId);
    row.string(data.country);
    row.string(data.region);
    row.string(data.channel);
    row.string(data.currency);
    row.int64(data.totalMinor);
    row.int64(data.items);
    row.int64(data.quantity);
    List<ShopEvent.Line> lines = data.lines;
    row.size(lines.size());
    lines.forEach(line -> row.string(line.sku));
    row.size(lines.size());
    lines.forEach(line -> row.int64(line.quantity));
    row.size(lines.size());
    lines.forEach(line -> row.int64(line.unitPriceMinor));
  }

  private static void payment(ShopEvent.Data data, RowBinary row) {
    row.string(data.paymentId);
    row.string(data.orderId);
    row.nullable(data.customerId);
    row.string(data.provider);
    row.string(data.region);
    row.string(data.currency);
    row.int64(data.amountMinor);
    row.string(data.status);
    row.nullable(data.failureReason);
    row.int64(data.latencyMs);
  }

  private static void click(ShopEvent.Data data, RowBinary row) {
    row.string(data.sessionId);
    row.string(data.userId);
    row.string(data.page);
    row.string(data.region);
    row.nullable(data.campaign);
    row.string(data.device);
    row.nullable(data.referrer);
  }
}
