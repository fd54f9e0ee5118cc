import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Kafka's own producer: `java -cp JARS Produce.java BROKER TOPIC`. Each line of its input is `codec, way, value`, apart
 * by tabs; lines that follow one another with the same codec and way go together, their records in turn to each
 * partition. Ways: `plain` and `idempotent` without a transaction, `commit` and `abort` in one, `fenced` in one that
 * another producer of the same name ends, `flushed` in one that ends committed, a request for every record.
 */
public class Produce {
  private static final int PARTITIONS = 4;
  private static String broker;
  private static String topic;
  private static final Map<String, KafkaProducer<String, String>> producers = new HashMap<>();
  private static int sent = 0;

  public static void main(String[] arguments) throws Exception {
    broker = arguments[0];
    topic = arguments[1];
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String together = "";
    String line;
    while ((line = lines.readLine()) != null) {
      var parts = line.split("\t", 3);
      var group = parts[0] + "\t" + parts[1];
      if (!group.equals(together)) {
        end(together);
        begin(group);
        together = group;
      }
      var producer = producers.get(group);
      producer.send(new ProducerRecord<>(topic, sent++ % PARTITIONS, null, parts[2]));
      if (parts[1].equals("flushed")) producer.flush();
    }
    end(together);
    for (var producer : producers.values()) producer.close();
  }

  private static void begin(String group) {
    if (!producers.containsKey(group)) producers.put(group, open(group));
    if (isTransaction(group)) producers.get(group).beginTransaction();
  }

  private static void end(String group) {
    if (group.isEmpty()) return;
    var producer = producers.get(group);
    producer.flush();
    if (group.endsWith("\tabort")) producer.abortTransaction();
    else if (group.endsWith("\tfenced")) fence(group);
    else if (isTransaction(group)) producer.commitTransaction();
  }

  /** Another one of the same name takes over: what the first had sent is aborted, and it may not commit. */
  private static void fence(String group) {
    var old = producers.remove(group);
    producers.put(group, open(group));
    try {
      old.commitTransaction();
      throw new IllegalStateException("a fenced producer has committed");
    } catch (ProducerFencedException expected) {
      old.close();
    }
  }

  private static boolean isTransaction(String group) {
    return !group.endsWith("\tplain") && !group.endsWith("\tidempotent");
  }

  private static KafkaProducer<String, String> open(String group) {
    var settings = new Properties();
    settings.put("bootstrap.servers", broker);
    settings.put("compression.type", group.split("\t")[0]);
    settings.put("linger.ms", "50");
    settings.put("enable.idempotence", String.valueOf(!group.endsWith("\tplain")));
    if (isTransaction(group)) settings.put("transactional.id", "java-" + group.replace('\t', '-'));
    var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    if (isTransaction(group)) producer.initTransactions();
    return producer;
  }
}
