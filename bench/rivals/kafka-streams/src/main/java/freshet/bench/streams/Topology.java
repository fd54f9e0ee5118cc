package freshet.bench.streams;

import freshet.bench.ClickHouse;
import freshet.bench.Facts;
import freshet.bench.Metrics;
import freshet.bench.Results;
import freshet.bench.ShopEvent;
import freshet.bench.Totals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Events to facts and, by way of one repartition topic, to one-minute windows of all metrics. */
final class Topology {
  private static final TimeWindows MINUTE =
      TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofMinutes(10));
  private static final int PARTITIONS = 4;

  static final List<String> SOURCES = List.of("orders", "payments", "clickstream");
  static final String REPARTITION = "contributions";

  private final Facts facts;
  private final Results results;
  private final ScheduledExecutorService flusher = Executors.newSingleThreadScheduledExecutor();

  Topology(ClickHouse server, long commitMs) {
    facts = new Facts(server);
    results = new Results(server);
    flusher.scheduleWithFixedDelay(results::flush, commitMs, commitMs, TimeUnit.MILLISECONDS);
    flusher.scheduleWithFixedDelay(facts::flush, 2, 2, TimeUnit.SECONDS);
  }

  org.apache.kafka.streams.Topology build() {
    StreamsBuilder builder = new StreamsBuilder();
    var events =
        builder.stream(
            SOURCES,
            Consumed.with(Serdes.ByteArray(), Formats.EVENT)
                .withTimestampExtractor(Topology::timeOf));
    var located = events.processValues(Locate::new);
    located.foreach((key, event) -> facts.add(event));
    located
        .flatMap((key, event) -> contributions(event))
        .repartition(
            Repartitioned.with(Serdes.String(), Formats.TOTALS)
                .withName(REPARTITION)
                .withNumberOfPartitions(PARTITIONS))
        .groupByKey()
        .windowedBy(MINUTE)
        .aggregate(
            Totals::new,
            (key, totals, sum) -> sum.add(totals),
            Materialized.with(Serdes.String(), Formats.TOTALS))
        .toStream()
        .foreach((window, sum) -> results.add(window.key(), window.window().start(), sum));
    return builder.build();
  }

  /** Stores what is left, behind what is on its way; to be called when the streams are closed. */
  void close() throws InterruptedException {
    flusher.shutdown();
    if (!flusher.awaitTermination(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("an insert takes longer than a minute");
    }
    facts.flush();
    results.flush();
  }

  private static long timeOf(ConsumerRecord<Object, Object> record, long before) {
    ShopEvent event = (ShopEvent) record.value();
    event.logTimeMs = record.timestamp();
    return event.timeMs;
  }

  private static List<KeyValue<String, Totals>> contributions(ShopEvent event) {
    List<KeyValue<String, Totals>> all = new ArrayList<>(3);
    Metrics.of(event, (key, totals) -> all.add(KeyValue.pair(key, totals)));
    return all;
  }

  /** Tells each event where it was in the log. */
  private static final class Locate
      extends ContextualFixedKeyProcessor<byte[], ShopEvent, ShopEvent> {
    @Override
    public void process(FixedKeyRecord<byte[], ShopEvent> record) {
      RecordMetadata place = context().recordMetadata().orElseThrow();
      ShopEvent event = record.value();
      event.topic = place.topic();
      event.partition = place.partition();
      event.offset = place.offset();
      context().forward(record);
    }
  }
}
