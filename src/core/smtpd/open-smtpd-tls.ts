import type {SmtpdTls} from './smtpd-tls.ts';
/** Stand-in until TLS is joined. */
export function openSmtpdTls(..._given: unknown[]): SmtpdTls | undefined {
  return undefined;
}
