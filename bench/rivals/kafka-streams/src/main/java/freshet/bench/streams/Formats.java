package freshet.bench.streams;

import freshet.bench.ShopEvent;
import freshet.bench.Totals;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** How events are read, and how totals travel and are stored. */
final class Formats {
  static final Serde<ShopEvent> EVENT =
      Serdes.serdeFrom(
          (topic, event) -> {
            throw new SerializationException("events are only read");
          },
          (topic, json) -> {
            try {
              return ShopEvent.parse(json);
            } catch (IOException error) {
              throw new SerializationException(error);
            }
          });

  static final Serde<Totals> TOTALS =
      Serdes.serdeFrom(
          (topic, totals) -> totals == null ? null : bytes(totals),
          (topic, bytes) -> bytes == null ? null : totals(ByteBuffer.wrap(bytes)));

  private Formats() {}

  private static byte[] bytes(Totals totals) {
    ByteBuffer buffer = ByteBuffer.allocate(3 * Long.BYTES);
    return buffer.putLong(totals.events).putLong(totals.first).putLong(totals.second).array();
  }

  private static Totals totals(ByteBuffer bytes) {
    return new Totals(bytes.getLong(), bytes.getLong(), bytes.getLong());
  }
}
