/** The match lists that parameters are: how each one compares (postconf(5)). */
import type {Config} from '../config/config.ts';
import type {ParameterName} from '../config/parameters.ts';
import type {TableContext} from './context.ts';
import {MatchList, type MatchKind} from './match-list.ts';

/** Those of other kinds than `text`, which names have to be equal to. */
const KINDS: ReadonlyMap<string, MatchKind> = new Map<ParameterName, MatchKind>([
  ['debug_peer_list', 'client'],
  ['fast_flush_domains', 'domain'],
  ['mynetworks', 'client'],
  ['permit_mx_backup_networks', 'client'],
  ['qmqpd_authorized_clients', 'client'],
  ['relay_domains', 'domain'],
  ['smtpd_authorized_verp_clients', 'client'],
  ['smtpd_authorized_xclient_hosts', 'client'],
  ['smtpd_authorized_xforward_hosts', 'client'],
  ['smtpd_client_event_limit_exceptions', 'client'],
  ['smtpd_log_access_permit_actions', 'text'],
  ['smtpd_sasl_exceptions_networks', 'client'],
]);

export function openParameterList(name: ParameterName, config: Config, context: TableContext): MatchList {
  const kind = KINDS.get(name) ?? 'text';
  const matchesParents = config.list('parent_domain_matches_subdomains').includes(name);
  return new MatchList(String(config.get(name)), {title: name, kind, matchesParents, context: {config, ...context}});
}
