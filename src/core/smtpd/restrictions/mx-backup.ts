/**
 * permit_mx_backup: this host is a mail exchanger of the recipient's domain, but not its first one, and the first ones
 * are in permit_mx_backup_networks where that is set. What can't be looked up puts a refusal off.
 */
import {ask, type Steps} from '../../address/steps.ts';
import type {DnsRecord} from '../../net/dns.ts';
import {TableError} from '../../table/table.ts';
import {onRecipient} from './address.ts';
import type {Check, Status} from './check.ts';
import {asciiName, domainOf, isLiteral} from './host-name.ts';
import {permit} from './permit.ts';
import {isOurs, isRouted} from './relay.ts';
import type {Restriction} from './restriction.ts';

export const mxBackup: readonly Restriction[] = [
  {
    name: 'permit_mx_backup',
    check: (check, _argument, name) => onRecipient(check, (_check, recipient) => permitBackup(check, recipient, name)),
  },
];

function* permitBackup(check: Check, recipient: string, name: string): Steps<Status> {
  const resolution = yield* check.resolve(recipient, check.state.sender);
  if (!isOurs(check, resolution)) {
    if (isRouted(check, resolution)) return 'dunno';
    if (!(yield* isBackedUp(check, recipient, domainOf(resolution.recipient)))) return 'dunno';
  }
  return yield* permit(check, name, 'Recipient address', recipient);
}

function* isBackedUp(check: Check, recipient: string, domain: string): Steps<boolean> {
  if (isLiteral(domain)) return false;
  const answer = yield* ask(check.tools.dns.query(asciiName(domain), 'MX'));
  if (answer.kind === 'temporary')
    deferBecause(check, recipient, `Unable to look up mail exchanger information: ${answer.text}`);
  if (answer.kind !== 'found') return false;
  const best = Math.min(...answer.records.map(record => record.preference));
  const primaries = answer.records.filter(record => record.preference === best);
  const backups = answer.records.filter(record => record.preference !== best);
  if (yield* isAmong(check, recipient, primaries)) return false;
  if (!(yield* isAmong(check, recipient, backups))) return false;
  return check.tools.config.get('permit_mx_backup_networks') === '' || (yield* areListed(check, recipient, primaries));
}

/** Is this host one of them, by name or else by address? */
function* isAmong(check: Check, recipient: string, records: readonly DnsRecord[]): Steps<boolean> {
  for (const {value} of records) if (yield* isOwnName(check, value)) return true;
  for (const {value} of records) {
    const host = yield* ask(check.tools.dns.hostAddresses(value, check.tools.families));
    if (host.kind === 'found') {
      if (host.addresses.some(address => check.tools.own.hasAddress(address))) return true;
    } else deferBecause(check, recipient, `Unable to look up mail exchanger host ${value}: ${host.text}`);
  }
  return false;
}

function* isOwnName(check: Check, name: string): Steps<boolean> {
  try {
    return (yield* check.tools.own.find(name)) !== undefined;
  } catch (fault) {
    if (fault instanceof TableError) return false; // then by its addresses
    throw fault;
  }
}

function* areListed(check: Check, recipient: string, primaries: readonly DnsRecord[]): Steps<boolean> {
  for (const {value} of primaries) if (!(yield* isHostListed(check, recipient, value))) return false;
  return true;
}

/** With all of its addresses. */
function* isHostListed(check: Check, recipient: string, host: string): Steps<boolean> {
  const found = yield* ask(check.tools.dns.hostAddresses(host, check.tools.families));
  if (found.kind !== 'found') {
    deferBecause(check, recipient, `Unable to look up host ${host} as mail exchanger: ${found.text}`);
    return false;
  }
  try {
    for (const address of found.addresses) if (!(yield* check.tools.backupNetworks.has(host, address))) return false;
    return true;
  } catch (fault) {
    if (!(fault instanceof TableError)) throw fault;
    check.tools.log.warning(`all_auth_mx_addr: permit_mx_backup_networks lookup error for ${host}`);
    deferBecause(check, recipient, `Unable to verify host ${host} as mail exchanger`);
    return false;
  }
}

function deferBecause(check: Check, recipient: string, reason: string): void {
  check.deferOnReject(450, '4.4.4', `<${recipient}>: Recipient address rejected: ${reason}`);
}
