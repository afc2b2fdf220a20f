/** A recipient that was accepted, and how its address falls into user and detail. */
import type {UserRecord} from '../account/sasl/sasl.ts';

export interface LmtpRecipient {
  /** As it is written in replies. */
  readonly address: string;
  readonly username: string;
  /** Behind recipient_delimiter; '' for none. */
  readonly detail: string;
  /** ORCPT, where it is an rfc822 address. */
  readonly original: string | undefined;
  readonly user: UserRecord;
  /** `ID:T2:R3`. */
  readonly sessionId: string;
}

/** `joe+list@x` with `+` -> joe@x, list. A delimiter in first place splits nothing. */
export function splitDetail(
  localPart: string,
  domain: string,
  delimiters: string,
): {readonly username: string; readonly detail: string} {
  let at = -1;
  for (let i = 1; i < localPart.length && at < 0; i++) if (delimiters.includes(localPart.charAt(i))) at = i;
  const local = at < 0 ? localPart : localPart.slice(0, at);
  return {username: domain === '' ? local : `${local}@${domain}`, detail: at < 0 ? '' : localPart.slice(at + 1)};
}
