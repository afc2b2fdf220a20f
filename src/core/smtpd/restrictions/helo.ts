/** Restrictions on the name that the client gives in HELO or EHLO. */
import type {Steps} from '../../address/steps.ts';
import type {Check, Outcome, Status} from './check.ts';
import {isAsciiHostname, isHostAddress, isHostname, literalAddress, withoutFinalDot} from './host-name.ts';
import {hasAnyRecord} from './mail-host.ts';
import {permit} from './permit.ts';
import type {Restriction} from './restriction.ts';

export const helo: readonly Restriction[] = [
  {
    name: 'reject_invalid_helo_hostname',
    formerly: ['reject_invalid_hostname'],
    check: check => onName(check, rejectInvalid),
  },
  {
    name: 'reject_non_fqdn_helo_hostname',
    formerly: ['reject_non_fqdn_hostname'],
    check: check => onName(check, rejectShort),
  },
  {
    name: 'reject_unknown_helo_hostname',
    formerly: ['reject_unknown_hostname'],
    check: check => onName(check, rejectUnknown),
  },
  {name: 'permit_naked_ip_address', check: (check, _argument, name) => permitNaked(check, name)},
];

/** Address literals are only looked at for their syntax. */
function onName(check: Check, test: (check: Check, name: string) => Outcome): Outcome {
  const name = check.state.heloName;
  if (name === undefined) return 'dunno';
  return name.startsWith('[') ? rejectInvalidLiteral(check, name) : test(check, name);
}

function rejectInvalid(check: Check, given: string): Status {
  const name = withoutFinalDot(given);
  if (isAsciiHostname(name) || isHostAddress(name)) return 'dunno';
  const code = check.tools.config.get('invalid_hostname_reject_code');
  return check.rejectNamed(code, '5.5.2', given, 'Helo command', 'Invalid name');
}

function rejectInvalidLiteral(check: Check, given: string): Status {
  const inside = given.length > 2 && given.startsWith('[') && given.endsWith(']') ? given.slice(1, -1) : given;
  if (literalAddress(inside) !== undefined) return 'dunno';
  const code = check.tools.config.get('invalid_hostname_reject_code');
  return check.rejectNamed(code, '5.5.2', given, 'Helo command', 'invalid ip address');
}

function rejectShort(check: Check, given: string): Status {
  const name = withoutFinalDot(given);
  if (isHostname(name, check.state.isUtf8) && name.includes('.')) return 'dunno';
  const code = check.tools.config.get('non_fqdn_reject_code');
  return check.rejectNamed(code, '5.5.2', given, 'Helo command', 'need fully-qualified hostname');
}

function* rejectUnknown(check: Check, given: string): Steps<Status> {
  const {config, dns} = check.tools;
  const found = yield* hasAnyRecord(dns, given, ['A', 'AAAA', 'MX']);
  if (found === 'yes' || found === 'null-mx') return 'dunno';
  if (found === 'temporary') {
    const isFinal = config.get('unknown_helo_hostname_tempfail_action').toLowerCase() === 'defer';
    return check.deferOnPermit(450, '4.7.1', `<${given}>: Helo command rejected: Host not found`, isFinal);
  }
  const reason = found === 'malformed' ? 'Malformed DNS server reply' : 'Host not found';
  return check.rejectNamed(config.get('unknown_hostname_reject_code'), '4.7.1', given, 'Helo command', reason);
}

function permitNaked(check: Check, name: string): Outcome {
  check.tools.log.warning(
    `restriction permit_naked_ip_address is deprecated. Use permit_mynetworks or permit_sasl_authenticated instead`,
  );
  const given = check.state.heloName;
  if (given === undefined || !/^[0-9.:]*$/.test(given)) return 'dunno';
  const status = rejectInvalidLiteral(check, given);
  return status === 'dunno' ? permit(check, name, 'Helo command', given) : status;
}
