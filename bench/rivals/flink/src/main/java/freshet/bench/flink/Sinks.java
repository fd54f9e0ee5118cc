package freshet.bench.flink;

import freshet.bench.ClickHouse;
import freshet.bench.Facts;
import freshet.bench.Results;
import freshet.bench.ShopEvent;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Sinks that have stored everything before a checkpoint completes; a repeated row replaces itself. */
final class Sinks {
  private Sinks() {}

  record ToFacts(ClickHouse server) implements Sink<ShopEvent> {
    @Override
    public SinkWriter<ShopEvent> createWriter(WriterInitContext context) {
      Facts facts = new Facts(server);
      return new SinkWriter<>() {
        @Override
        public void write(ShopEvent event, Context place) {
          facts.add(event);
        }

        @Override
        public void flush(boolean endOfInput) {
          facts.flush();
        }

        @Override
        public void close() {}
      };
    }
  }

  record ToResults(ClickHouse server) implements Sink<Contribution> {
    @Override
    public SinkWriter<Contribution> createWriter(WriterInitContext context) {
      Results results = new Results(server);
      return new SinkWriter<>() {
        @Override
        public void write(Contribution pane, Context place) {
          results.add(pane.key, pane.minuteMs, pane.totals);
        }

        @Override
        public void flush(boolean endOfInput) {
          results.flush();
        }

        @Override
        public void close() {}
      };
    }
  }
}
