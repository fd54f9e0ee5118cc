package freshet.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Rows collected for one table and inserted together. Safe for many threads. */
public final class Table {
  /** The size of block from which larger ones bring nothing. */
  private static final int MAX_ROWS = 60_000;

  private static final String SETTINGS =
      "&async_insert=0&insert_deduplicate=0&max_insert_threads=1&max_threads=1&wait_end_of_query=1";

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ClickHouse server;
  private final URI uri;
  private RowBinary rows = new RowBinary();
  private int count;

  public Table(ClickHouse server, String name) {
    this.server = server;
    String insert = "INSERT INTO freshet." + name + " FORMAT RowBinary";
    String query = URLEncoder.encode(insert, StandardCharsets.UTF_8);
    uri = URI.create(server.url() + "/?query=" + query + SETTINGS);
  }

  /** Appends one row. */
  @FunctionalInterface
  public interface Row {
    void write(RowBinary row);
  }

  /** Adds a row; inserts what was collected when that is enough for a block. */
  public void add(Row row) {
    boolean full;
    synchronized (this) {
      row.write(rows);
      full = ++count >= MAX_ROWS;
    }
    if (full) {
      flush();
    }
  }

  /** Inserts what was collected; returns when it is stored. */
  public void flush() {
    byte[] body;
    synchronized (this) {
      if (count == 0) {
        return;
      }
      body = rows.toBytes();
      rows = new RowBinary();
      count = 0;
    }
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("X-ClickHouse-User", server.user())
            .header("X-ClickHouse-Key", server.password())
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new IOException(answer.body());
      }
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while inserting", error);
    }
  }
}
