import { createHash } from 'node:crypto';
import { type ClickHouseCredentials } from './credentials.js';

export interface ServerConfig {
  readonly host: string;
  readonly httpPort: number;
  readonly tcpPort: number;
  readonly usersFile: string;
  readonly logFile: string;
}

/** config.xml: what differs from the engine's defaults, for one machine shared with everything else. */
export function configXml(config: ServerConfig): string {
  return `<clickhouse>
  <logger>
    <log>${escapeXml(config.logFile)}</log>
    <size>10M</size>
    <count>2</count>
    <console>1</console>
  </logger>
  <listen_host>${escapeXml(config.host)}</listen_host>
  <http_port>${config.httpPort}</http_port>
  <tcp_port>${config.tcpPort}</tcp_port>
  <users_config>${escapeXml(config.usersFile)}</users_config>
  <timezone>UTC</timezone>
  <max_server_memory_usage_to_ram_ratio>0.5</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>134217728</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <max_concurrent_queries>100</max_concurrent_queries>
  <keep_alive_timeout>30</keep_alive_timeout>
  <shutdown_wait_unfinished>1</shutdown_wait_unfinished>
  <background_pool_size>2</background_pool_size>
  <!-- Of two threads the default leaves one to a kind of task, and writes a line of the log whenever another waits. -->
  <background_schedule_pool_max_parallel_tasks_per_type_ratio>1</background_schedule_pool_max_parallel_tasks_per_type_ratio>
  <merge_tree>
    <!-- Sketches of every column, at every insert and merge: for the order of joins, of which there are none. -->
    <auto_statistics_types></auto_statistics_types>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
  <access_control_improvements>
    <settings_constraints_replace_previous>true</settings_constraints_replace_previous>
  </access_control_improvements>
</clickhouse>
`;
}

/** Settings that an analyst's tool may send although its user is read-only: form of the answer, own limits. */
const ANALYST_MAY_CHANGE = [
  'session_timezone',
  'output_format_json_quote_64bit_integers',
  'output_format_json_quote_decimals',
  'output_format_json_named_tuples_as_objects',
  'date_time_output_format',
  'date_time_input_format',
  'output_format_native_encode_types_in_binary_format',
  'output_format_native_use_flattened_dynamic_and_json_serialization',
  'output_format_binary_write_json_as_string',
  'format_binary_max_string_size',
  'http_headers_progress_interval_ms',
  'send_progress_in_http_headers',
  'cancel_http_readonly_queries_on_client_close',
  'enable_http_compression',
  'join_use_nulls',
  'limit',
  'offset',
];

/**
 * users.xml. The engine's own connection is `default`, without password from loopback: it may start the
 * listeners and read standard input, and its quota of three queries is used up by that, so that nobody else
 * can use it. These users are read at the start and never again, so the analyst's rights are said by what is hidden:
 * the view of a contract that comes later can be read at once.
 */
export function usersXml(credentials: ClickHouseCredentials, storageTables: readonly string[]): string {
  const analystGrants = [
    'GRANT SELECT ON metrics.*',
    'GRANT SELECT ON freshet.*',
    ...storageTables.map((table) => `REVOKE SELECT ON freshet.\`${table}\``),
  ];
  const mayChange = ANALYST_MAY_CHANGE.map(
    (name) => `        <${name}><changeable_in_readonly/></${name}>`,
  ).join('\n');
  return `<clickhouse>
  <profiles>
    <default>
      <implicit_select>0</implicit_select>
    </default>
    <writer>
      <implicit_select>0</implicit_select>
      <async_insert>0</async_insert>
      <insert_deduplicate>0</insert_deduplicate>
    </writer>
    <gateway>
      <implicit_select>0</implicit_select>
      <async_insert>0</async_insert>
      <insert_deduplicate>0</insert_deduplicate>
      <max_execution_time>30</max_execution_time>
      <max_memory_usage>2000000000</max_memory_usage>
      <constraints>
        <max_execution_time><max>60</max></max_execution_time>
        <max_memory_usage><max>4000000000</max></max_memory_usage>
      </constraints>
    </gateway>
    <analyst>
      <implicit_select>0</implicit_select>
      <readonly>1</readonly>
      <max_execution_time>60</max_execution_time>
      <max_memory_usage>2000000000</max_memory_usage>
      <max_concurrent_queries_for_user>10</max_concurrent_queries_for_user>
      <priority>10</priority>
      <constraints>
        <max_execution_time><max>60</max><changeable_in_readonly/></max_execution_time>
        <max_result_rows><changeable_in_readonly/></max_result_rows>
        <max_block_size><max>100000</max><changeable_in_readonly/></max_block_size>
${mayChange}
      </constraints>
    </analyst>
  </profiles>
  <quotas>
    <unlimited/>
    <boot>
      <interval><duration>2000000000</duration><queries>3</queries></interval>
    </boot>
  </quotas>
  <users>
    <default>
      <password></password>
      ${NETWORKS}
      <profile>default</profile>
      <quota>boot</quota>
      ${grants(['GRANT SYSTEM LISTEN ON *.*', 'GRANT FILE ON *.*', 'GRANT CREATE TEMPORARY TABLE ON *.*'])}
    </default>
    ${user('freshet', credentials.freshet, 'writer', [
      'GRANT ALL ON freshet.*',
      'GRANT ALL ON metrics.*',
      'GRANT TABLE ENGINE ON *',
      'GRANT SELECT ON system.*',
      'GRANT KILL QUERY ON *.*',
    ])}
    ${user('gateway', credentials.gateway, 'gateway', [
      ...GATEWAY_WRITES.map((table) => `GRANT INSERT ON freshet.${table}`),
      'GRANT SELECT ON freshet.*',
      'GRANT SELECT ON metrics.*',
      'GRANT SELECT ON system.*',
    ])}
    ${user('analyst', credentials.analyst, 'analyst', analystGrants)}
  </users>
</clickhouse>
`;
}

/** Tables of freshness and alerts, which the gateway keeps; all others it only reads. */
const GATEWAY_WRITES = [
  'objectives_log',
  'objective_slices_log',
  'exclusions_log',
  'alerts_log',
  'alert_decisions_log',
  'alert_evaluations_log',
  'evaluators_log',
  'heartbeats_log',
  'notifications_log',
];

const NETWORKS = '<networks><ip>127.0.0.1</ip><ip>::1</ip></networks>';

function user(name: string, password: string, profile: string, rights: readonly string[]): string {
  const hash = createHash('sha256').update(password).digest('hex');
  return `<${name}>
      <password_sha256_hex>${hash}</password_sha256_hex>
      ${NETWORKS}
      <profile>${profile}</profile>
      <quota>unlimited</quota>
      ${grants(rights)}
    </${name}>`;
}

function grants(rights: readonly string[]): string {
  return `<grants>${rights.map((right) => `<query>${escapeXml(right)}</query>`).join('')}</grants>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
