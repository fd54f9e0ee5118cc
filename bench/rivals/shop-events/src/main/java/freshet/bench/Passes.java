package freshet.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * How the harness leads a rival: it writes one line of input for each pass over the topics, and reads one line of
 * output when everything of that pass is stored. The rival ends with its input.
 */
public final class Passes {
  private Passes() {}

  /** One pass over the topics; `number` makes names that no pass before it used. */
  @FunctionalInterface
  public interface Pass {
    void run(int number) throws Exception;
  }

  public static void lead(Pass pass) throws Exception {
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    for (int number = 1; next(input); number++) {
      pass.run(number);
      System.out.println("stored");
    }
    System.exit(0);
  }

  private static boolean next(BufferedReader input) throws IOException {
    return input.readLine() != null;
  }
}
