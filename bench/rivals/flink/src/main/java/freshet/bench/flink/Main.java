package freshet.bench.flink;

import freshet.bench.ClickHouse;
import freshet.bench.Metrics;
import freshet.bench.Passes;
import freshet.bench.ShopEvent;
import freshet.bench.Totals;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The eight metrics by Flink in one process, exactly-once checkpoints every second: {@code Main <brokers>
 * <ClickHouse> <user> <password> <folder>}.
 */
public final class Main {
  private static final Duration GRACE = Duration.ofMinutes(10);

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    ClickHouse server = new ClickHouse(arguments[1], arguments[2], arguments[3]);
    Path folder = Path.of(arguments[4]);
    Passes.lead(
        number -> {
          job(arguments[0], server, folder.resolve("pass" + number)).execute();
          return "";
        });
  }

  private static StreamExecutionEnvironment job(String brokers, ClickHouse server, Path folder) {
    Configuration settings = new Configuration();
    settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder.toUri().toString());
    var flink = StreamExecutionEnvironment.createLocalEnvironment(2, settings);
    flink.enableCheckpointing(1_000, CheckpointingMode.EXACTLY_ONCE);
    flink.getConfig().enableObjectReuse();

    KafkaSource<ShopEvent> source =
        KafkaSource.<ShopEvent>builder()
            .setBootstrapServers(brokers)
            .setTopics("orders", "payments", "clickstream")
            .setGroupId("bench-flink")
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setBounded(OffsetsInitializer.latest())
            .setDeserializer(new Located())
            .build();
    WatermarkStrategy<ShopEvent> watermarks =
        WatermarkStrategy.<ShopEvent>forBoundedOutOfOrderness(Duration.ofSeconds(5))
            .withTimestampAssigner((event, before) -> event.timeMs);
    DataStream<ShopEvent> events = flink.fromSource(source, watermarks, "shop");
    events.sinkTo(new Sinks.ToFacts(server));
    events
        .flatMap(
            (ShopEvent event, Collector<Contribution> out) ->
                Metrics.of(event, (key, totals) -> out.collect(new Contribution(key, 0, totals))))
        .returns(Contribution.class)
        .keyBy(contribution -> contribution.key)
        .window(TumblingEventTimeWindows.of(Duration.ofMinutes(1)))
        .allowedLateness(GRACE)
        .trigger(new EverySecond(GRACE.toMillis()))
        .aggregate(new Sum(), new WithWindow())
        .sinkTo(new Sinks.ToResults(server));
    return flink;
  }

  /** Reads events and tells each where it was in the log. */
  private static final class Located implements KafkaRecordDeserializationSchema<ShopEvent> {
    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<ShopEvent> out)
        throws IOException {
      ShopEvent event = ShopEvent.parse(record.value());
      event.topic = record.topic();
      event.partition = record.partition();
      event.offset = record.offset();
      event.logTimeMs = record.timestamp();
      out.collect(event);
    }

    @Override
    public TypeInformation<ShopEvent> getProducedType() {
      return TypeInformation.of(ShopEvent.class);
    }
  }

  private static final class WithWindow
      extends ProcessWindowFunction<Totals, Contribution, String, TimeWindow> {
    @Override
    public void process(
        String key, Context context, Iterable<Totals> sums, Collector<Contribution> out) {
      Totals sum = sums.iterator().next();
      out.collect(new Contribution(key, context.window().getStart(), sum));
    }
  }
}
