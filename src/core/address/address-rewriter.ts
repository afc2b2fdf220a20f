/**
 * What cleanup does to the addresses of a message (cleanup(8), ADDRESS_REWRITING_README): rewriting to standard form,
 * canonical mapping, masquerading, virtual aliases. All addresses are byte strings in internal (unquoted) form.
 * Every method answers a value when no asynchronous table was asked, else a promise; both may fail with `TableError`
 * (a table could not be asked) or `ExpansionError` (an alias grows beyond all bounds): the mail is not accepted then.
 */
import type {Recorder} from '../log/decisions.ts';

export type Later<T> = T | Promise<T>;

/** `local`: completed with myorigin/mydomain; `remote`: with remote_header_rewrite_domain, or left alone without one. */
export type RewriteContext = 'local' | 'remote';

/** Header classes: From, Sender, Reply-To, Errors-To, Return-Receipt-To... are senders; To, Cc, Bcc... recipients. */
export type HeaderKind = 'sender' | 'recipient';

export interface AddressRewriter {
  /** The same for one message, whose queue id its warnings begin with. */
  forMessage?(queueId: string): AddressRewriter;
  /** '' stays ''. */
  envelopeSender(address: string, recorder?: Recorder): Later<string>;
  /** '' becomes the mailer daemon (empty_address_recipient). No virtual aliases yet: see `expandRecipient`. */
  envelopeRecipient(address: string, recorder?: Recorder): Later<string>;
  headerAddress(address: string, kind: HeaderKind, context: RewriteContext, recorder?: Recorder): Later<string>;
  /** Virtual aliases of a rewritten envelope recipient, in order, not yet freed of duplicates; itself when there are none. */
  expandRecipient(recipient: string, recorder?: Recorder): Later<readonly string[]>;
}

/** An expansion exceeded virtual_alias_{expansion,recursion,address_length}_limit; `reason` goes to the submitter. */
export class ExpansionError extends Error {
  override readonly name = 'ExpansionError';
  readonly reason = '4.6.0 Alias expansion error';
}
