/**
 * Parameters that belong to a database table in main.cf: `ldap:NAME` brings NAME_server_host and so on, when NAME is no
 * file (ldap_table(5), mysql_table(5), pgsql_table(5), sqlite_table(5), memcache_table(5)).
 */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  ldap: `bind bind_dn bind_pw cache cache_expiry cache_size chase_referrals debuglevel dereference domain expansion_limit
    leaf_result_attribute query_filter recursion_limit result_attribute result_filter result_format sasl_authz_id sasl_mechs
    sasl_minssf sasl_realm scope search_base server_host server_port size_limit special_result_attribute start_tls
    terminal_result_attribute timeout tls_ca_cert_dir tls_ca_cert_file tls_cert tls_cipher_suite tls_key tls_random_file
    tls_require_cert version`.split(/\s+/),
  mysql: `additional_conditions dbname domain expansion_limit hosts option_file option_group password query
    require_result_set result_format select_field table tls_CAfile tls_CApath tls_cert_file tls_ciphers tls_key_file
    tls_verify_cert user where_field`.split(/\s+/),
  pgsql: `additional_conditions dbname domain expansion_limit hosts password query result_format select_field
    select_function table user where_field`.split(/\s+/),
  sqlite: `additional_conditions dbpath domain expansion_limit query result_format select_field table
    where_field`.split(/\s+/),
  memcache: `backup data_size_limit domain flags key_format line_size_limit max_try memcache retry_pause timeout
    ttl`.split(/\s+/),
};

const TABLE = /(?:^|[\s,{}:])(ldap|mysql|pgsql|sqlite|memcache):(\w[^\s,{}]*)/g;

/** The names of all parameters of the tables that a value mentions. */
export function databaseNames(value: string): readonly string[] {
  if (!value.includes(':')) return [];
  return [...value.matchAll(TABLE)].flatMap(([, type = '', name = '']) =>
    (SUFFIXES[type] ?? []).map(suffix => `${name}_${suffix}`),
  );
}
