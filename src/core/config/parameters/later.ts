/** The parameters of later Postfix versions that 3.7 has not: shown by name and by `postconf -C posthorn`, never among the others. */
import {flag, text, type Parameter} from '../parameter.ts';

export const later = {
  lmtp_requiretls_policy: text(
    'opportunistic',
    'How far REQUIRETLS is insisted on with LMTP servers, as in smtp_requiretls_policy (Postfix 3.11).',
    {effect: true},
  ),
  requiretls_enable: flag(
    'yes',
    'Whether the SMTP server announces REQUIRETLS within TLS, and the SMTP client heeds it (RFC 8689; Postfix 3.11).',
    {effect: true},
  ),
  requiretls_redact_dsn: flag(
    'yes',
    'Whether a report about a message with REQUIRETLS, which has no more of it than the header, may go without (Postfix 3.11).',
    {effect: true},
  ),
  smtp_requiretls_policy: text(
    'inline:{ {$mydomain = opportunistic} {.$mydomain = opportunistic} {localhost = opportunistic} } cidr:{ {0.0.0.0/0 opportunistic} {::/0 opportunistic} } enforce',
    'How far REQUIRETLS is insisted on with servers of a next hop: enforce, opportunistic+starttls, opportunistic, disable, or tables that say so; the first that knows it counts (Postfix 3.11).',
    {effect: true},
  ),
  tls_required_enable: flag(
    'yes',
    'Whether a message with the header TLS-Required: No is sent as if smtp_tls_security_level were may (RFC 8689; Postfix 3.10).',
    {effect: true},
  ),
} satisfies Record<string, Parameter>;
