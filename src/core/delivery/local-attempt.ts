/** Where local(8) stands with a recipient: the name it has come to on its way through aliases, and whose rights count. */
import type {Account} from '../account/accounts.ts';
import {splitExtension, type ExtensionRules} from '../address/extension.ts';
import type {Envelope, Recipient} from '../queue/agent.ts';

/** Where a destination was listed: decides whether it may be a command or a file. */
export type ListKind = 'alias' | 'forward' | 'include';

export interface Attempt {
  /** The queued recipient, with what of it still counts: a list's owner takes over from the original address. */
  readonly recipient: Recipient;
  /** The address come to, as it is logged. */
  readonly address: string;
  /** Its parts, in lower case. */
  readonly local: string;
  readonly user: string;
  /** Without its delimiter; '' when there is none. */
  readonly extension: string;
  readonly domain: string;
  /** For the Delivered-To: line: the first address of the way (postconf(5) frozen_delivered_to). */
  readonly delivered: string;
  readonly sender: string;
  /** The envelope is a list owner's, no longer the message's. */
  readonly hasOwnerSender: boolean;
  /** Who forwards: the list's owner, the owner of the .forward file; '' for nobody. */
  readonly owner: string;
  /** The extension that members of a list get (postconf(5) propagate_unmatched_extensions). */
  readonly unmatched: string;
  readonly listedIn: ListKind | undefined;
  /** The name whose expansion this is, in lower case. */
  readonly expandedFrom: string | undefined;
  /** Whose rights destinations have; undefined: default_privs. */
  readonly rights: Account | undefined;
  readonly depth: number;
}

export function firstAttempt(recipient: Recipient, envelope: Envelope): Attempt {
  return {
    recipient,
    address: recipient.address,
    local: '',
    user: '',
    extension: '',
    domain: '',
    delivered: recipient.address,
    sender: envelope.sender,
    hasOwnerSender: false,
    owner: '',
    unmatched: '',
    listedIn: undefined,
    expandedFrom: undefined,
    rights: undefined,
    depth: 0,
  };
}

/** Takes the address apart. `isIllegal`: the extension has a slash, and is left out. */
export function splitAttempt(attempt: Attempt, rules: ExtensionRules): {attempt: Attempt; isIllegal: boolean} {
  const at = attempt.address.lastIndexOf('@');
  const folded = foldAscii(attempt.address);
  const local = at < 0 ? folded : folded.slice(0, at);
  const domain = at < 0 ? '' : folded.slice(at + 1);
  const split = rules.delimiters === '' ? undefined : splitExtension(local, rules);
  const isIllegal = split?.extension.includes('/') === true;
  const extension = split === undefined || isIllegal ? '' : split.extension.slice(1);
  return {attempt: {...attempt, local, domain, user: split?.user ?? local, extension, unmatched: extension}, isIllegal};
}

/** Bytes beyond ASCII stay as they are. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, letters => letters.toLowerCase());
}

/** A list has an owner: failures and forwarded mail are now theirs, and the sender's wishes end here (RFC 3461 6.2.7.3). */
export function takeOver(attempt: Attempt, owner: string): Attempt {
  const recipient = {...attempt.recipient, original: '', dsnOriginal: '', notify: 0};
  return {...attempt, recipient, sender: owner, hasOwnerSender: true, owner};
}
