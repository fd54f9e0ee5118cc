/** The embedded ClickHouse could not start; the message is one sentence with the remedy. */
export class ClickHouseStartError extends Error {
  override readonly name = 'ClickHouseStartError';
}

/** Turns what the engine wrote before it ended into one sentence. */
export function explainFailure(output: string, context: { dataDir: string; exit: string }): string {
  const { dataDir, exit } = context;
  if (/Code: 76\b|CANNOT_OPEN_FILE.*status|Cannot lock file/.test(output)) {
    return `The ClickHouse data folder ${dataDir} is in use by another process: stop it, or choose another FRESHET_DATA_DIR.`;
  }
  if (/No space left on device|NOT_ENOUGH_SPACE/.test(output)) {
    return `ClickHouse could not start, because the disk that holds ${dataDir} is full: free some space and start again.`;
  }
  if (/Permission denied|Read-only file system|EACCES|EROFS/.test(output)) {
    return `ClickHouse cannot write to ${dataDir}: make the folder writable, or choose another FRESHET_DATA_DIR.`;
  }
  if (/Address already in use|NETWORK_ERROR.*bind/.test(output)) {
    return `A port of ClickHouse is taken by another program: set FRESHET_CLICKHOUSE_HTTP_PORT or FRESHET_CLICKHOUSE_TCP_PORT to a free one.`;
  }
  if (/libchdb|invalid ELF|cannot open shared object|chdb\/lib/.test(output)) {
    return (
      `ClickHouse's engine has no build for ${process.platform}-${process.arch} here: ` +
      `set CLICKHOUSE_URL to a ClickHouse server of your own, or use Linux or macOS.`
    );
  }
  const words = output.trim().split('\n').slice(-3).join(' ').slice(-400);
  return `ClickHouse ended while starting (${exit}): ${words === '' ? 'it said nothing' : words}`;
}
