/**
 * What the machine asks before it accepts anything (SMTPD_ACCESS_README). Each question is answered with the reply that
 * refuses (`554 5.7.1 <x>: Client host rejected: Access denied`), or with undefined to go on; refusals are logged by who
 * decides them. A reply of 421 or 521 ends the session. Look-ups that fail are answered with a reply, not thrown.
 *
 * With smtpd_delay_reject, `connect`, `helo` and `mail` keep their refusals for `rcpt` (or `etrn`, VRFY).
 */
import type {Later} from '../address/address-rewriter.ts';
import type {SmtpdState} from './smtpd-state.ts';

export type Verdict = string | undefined;

export interface AccessControl {
  connect(state: SmtpdState): Later<Verdict>;
  helo(state: SmtpdState, name: string): Later<Verdict>;
  /** `state.sender` is the address already. */
  mail(state: SmtpdState): Later<Verdict>;
  /** `state.recipient` is the address already; state.stage is RCPT or VRFY. */
  rcpt(state: SmtpdState): Later<Verdict>;
  etrn(state: SmtpdState, domain: string): Later<Verdict>;
  /** state.stage is DATA or BDAT. */
  data(state: SmtpdState): Later<Verdict>;
  endOfData(state: SmtpdState): Later<Verdict>;
  /** A message has ended, was reset, or the session began anew (EHLO, STARTTLS): what was kept for it is forgotten. */
  forgetMessage(state: SmtpdState): void;
  forgetHelo(state: SmtpdState): void;
}
