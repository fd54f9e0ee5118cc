package freshet.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * How the harness leads a rival: it writes one line of input for each pass over the topics, and reads one line of
 * output when everything of that pass is stored, with a remark where there is one. The rival ends with its input, in the
 * middle of a pass, too.
 */
public final class Passes {
  private static final BlockingQueue<String> ORDERS = new LinkedBlockingQueue<>();

  private Passes() {}

  /**
   * One pass over the topics; `number` makes names that no pass before it used. Returns what is to be known of it, or
   * nothing.
   */
  @FunctionalInterface
  public interface Pass {
    String run(int number) throws Exception;
  }

  public static void lead(Pass pass) throws Exception {
    Thread reader = new Thread(Passes::readOrders, "orders");
    reader.setDaemon(true);
    reader.start();
    System.out.println("ready");
    for (int number = 1; ; number++) {
      ORDERS.take();
      System.out.println(("stored " + pass.run(number)).strip());
    }
  }

  private static void readOrders() {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try {
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        ORDERS.add(line);
      }
    } catch (IOException error) {
      error.printStackTrace();
    }
    Runtime.getRuntime().halt(0);
  }
}
