package freshet.bench.streams;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/**
 * How far an application has committed. Counting records as they pass would count those of an aborted transaction, which
 * are read again, twice, and end before all is summed.
 */
final class Progress {
  private static final long LOOK_EVERY_MS = 50;

  private Progress() {}

  /** Returns when all that the sources hold, and all that was repartitioned of it, is committed. */
  static void awaitAll(String brokers, String application)
      throws InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
      awaitCommitted(admin, application, Topology.SOURCES);
      awaitCommitted(
          admin, application, List.of(application + "-" + Topology.REPARTITION + "-repartition"));
    }
  }

  private static void awaitCommitted(Admin admin, String application, Collection<String> topics)
      throws InterruptedException, ExecutionException {
    Map<TopicPartition, Long> ends = ends(admin, topics);
    while (!committed(admin, application, ends)) {
      Thread.sleep(LOOK_EVERY_MS);
    }
  }

  private static Map<TopicPartition, Long> ends(Admin admin, Collection<String> topics)
      throws InterruptedException, ExecutionException {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    for (var topic : admin.describeTopics(topics).allTopicNames().get().values()) {
      for (var partition : topic.partitions()) {
        wanted.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest());
      }
    }
    // Of all that was written: a committed transaction's marker may reach one partition later than another.
    var found =
        admin
            .listOffsets(wanted, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
            .all()
            .get();
    Map<TopicPartition, Long> ends = new HashMap<>();
    found.forEach((partition, end) -> ends.put(partition, end.offset()));
    ends.values().removeAll(Set.of(0L));
    return ends;
  }

  private static boolean committed(
      Admin admin, String application, Map<TopicPartition, Long> ends)
      throws InterruptedException, ExecutionException {
    var offsets =
        admin.listConsumerGroupOffsets(application).partitionsToOffsetAndMetadata().get();
    return ends.entrySet().stream()
        .allMatch(
            end -> {
              var reached = offsets.get(end.getKey());
              return reached != null && reached.offset() >= end.getValue();
            });
  }
}
