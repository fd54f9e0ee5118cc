package freshet.bench;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/** An event of the shop and where it was in the log. Fields of the other topics' events are null. */
@JsonIgnoreProperties(ignoreUnknown = true)
public final class ShopEvent {
  private static final ObjectReader READER = new ObjectMapper().readerFor(ShopEvent.class);

  public String id;
  public String source;
  public String type;
  public String time;
  public Data data;

  /** Event time, epoch milliseconds. */
  public long timeMs;

  /** Log timestamp of its record, epoch milliseconds. */
  public long logTimeMs;

  public String topic;
  public int partition;
  public long offset;

  /** The event in a record's value. */
  public static ShopEvent parse(byte[] json) throws IOException {
    ShopEvent event = READER.readValue(json);
    event.timeMs = Instant.parse(event.time).toEpochMilli();
    return event;
  }

  /** Everything that the three topics' contracts name. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public static final class Data {
    public String orderId;
    public String customerId;
    public String country;
    public String region;
    public String channel;
    public String currency;
    public long totalMinor;
    public long items;
    public long quantity;
    public List<Line> lines;
    public String paymentId;
    public String provider;
    public long amountMinor;
    public String status;
    public String failureReason;
    public long latencyMs;
    public String sessionId;
    public String userId;
    public String page;
    public String campaign;
    public String device;
    public String referrer;
  }

  /** A line of an order. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public static final class Line {
    public String sku;
    public long quantity;
    public long unitPriceMinor;
  }
}
