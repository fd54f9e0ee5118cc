package freshet.bench.streams;

import freshet.bench.ClickHouse;
import freshet.bench.Passes;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/**
 * The eight metrics by Kafka Streams, exactly-once on: {@code Main <brokers> <ClickHouse> <user> <password> <folder>
 * <commit interval ms> [live]}. A pass that is live ends with the input.
 */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws Exception {
    ClickHouse server = new ClickHouse(arguments[1], arguments[2], arguments[3]);
    long commitMs = Long.parseLong(arguments[5]);
    boolean isLive = arguments.length > 6 && arguments[6].equals("live");
    Passes.lead(
        number -> {
          Topology topology = new Topology(server, commitMs);
          Properties settings = settings(arguments[0], Path.of(arguments[4]), commitMs, number);
          long dropped;
          try (KafkaStreams streams = new KafkaStreams(topology.build(), settings)) {
            streams.setUncaughtExceptionHandler(
                error -> {
                  error.printStackTrace();
                  Runtime.getRuntime().halt(1);
                  return StreamThreadExceptionResponse.SHUTDOWN_APPLICATION;
                });
            streams.start();
            if (isLive) {
              Thread.currentThread().join();
            }
            Progress.awaitAll(arguments[0], settings.getProperty(StreamsConfig.APPLICATION_ID_CONFIG));
            dropped = dropped(streams);
          }
          topology.close();
          return dropped == 0 ? "" : "its tasks dropped " + dropped + " records as late";
        });
  }

  /**
   * Records of which Kafka Streams says that their window was closed. The clock of a task is the newest event that it
   * has seen, and in a backlog tasks run ahead of one another by more than the grace.
   */
  private static long dropped(KafkaStreams streams) {
    return streams.metrics().values().stream()
        .filter(metric -> metric.metricName().name().equals("dropped-records-total"))
        .mapToLong(metric -> Math.round((double) metric.metricValue()))
        .sum();
  }

  private static Properties settings(String brokers, Path folder, long commitMs, int pass) {
    Properties settings = new Properties();
    String id = "bench-streams-" + ProcessHandle.current().pid() + "-" + pass;
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, id);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitMs);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64L << 20);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    return settings;
  }
}
