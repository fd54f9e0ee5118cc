package freshet.bench;

import java.io.Serializable;

/** A ClickHouse server over HTTP. */
public record ClickHouse(String url, String user, String password) implements Serializable {}
