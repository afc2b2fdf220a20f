/**
 * The envelope's addresses: sender and recipients rewritten, virtual aliases expanded, automatic copies added, duplicates
 * dropped (cleanup(8), ADDRESS_REWRITING_README). Writes their records in the order the original does.
 */
import type {AddressRewriter} from '../address/address-rewriter.ts';
import {ask, type Steps} from '../address/steps.ts';
import {isAscii} from '../base/bytes.ts';
import {NOTIFY_NEVER, NOTIFY_SUCCESS, type NewRecipient} from './agent.ts';
import type {CleanupSettings} from './cleanup-settings.ts';
import type {MessageState} from './cleanup-state.ts';
import {UTF8_ALL, UTF8_REQUESTED, UTF8_SENDER} from './send-options.ts';

/** Looks up the addresses to copy mail to (sender_bcc_maps, recipient_bcc_maps). */
export interface BccMaps {
  forSender(address: string): Steps<string | undefined>;
  forRecipient(address: string): Steps<string | undefined>;
}

export class EnvelopeWriter {
  readonly #state: MessageState;
  readonly #settings: CleanupSettings;
  readonly #rewriter: AddressRewriter;
  readonly #bcc: BccMaps | undefined;
  readonly #seen = new Set<string>();

  /** Without `bcc`, no automatic copies are made: the engine's own mail. */
  constructor(state: MessageState, settings: CleanupSettings, rewriter: AddressRewriter, bcc: BccMaps | undefined) {
    this.#state = state;
    this.#settings = settings;
    this.#rewriter = rewriter;
    this.#bcc = bcc;
  }

  *sender(given: string): Steps<void> {
    const address = yield* this.#rewriteSender(given);
    const state = this.#state;
    state.sender = address;
    state.records.put('S', address);
    if (this.#isUtf8(address)) state.sendOptions |= UTF8_SENDER | UTF8_REQUESTED;
    if (this.#bcc === undefined || address === '') return;
    const copy = yield* this.#bcc.forSender(address);
    if (copy !== undefined) yield* this.copyTo(copy);
  }

  /** The mailer daemon of our own domain is nobody to answer to: it counts as the null sender. */
  *#rewriteSender(given: string): Steps<string> {
    const address = yield* ask(this.#rewriter.envelopeSender(given));
    if (!/^mailer-daemon(?:@|$)/i.test(given)) return address;
    const daemon = yield* ask(this.#rewriter.envelopeSender('MAILER-DAEMON'));
    return address.toLowerCase() === daemon.toLowerCase() ? '' : address;
  }

  *recipient(given: NewRecipient): Steps<void> {
    const state = this.#state;
    const address = yield* ask(this.#rewriter.envelopeRecipient(given.address));
    if (this.#isUtf8(address)) state.sendOptions |= UTF8_REQUESTED;
    const notify = given.notify ?? 0;
    state.notify |= notify;
    // Seen: the rewritten address without quotes; RFC 6533 type when the message needs SMTPUTF8 already.
    const type = (state.sendOptions & UTF8_ALL) !== 0 && !isAscii(address) ? 'utf-8' : 'rfc822';
    const dsnOriginal = given.dsnOriginal ?? `${type};${address}`;
    yield* this.#put(address, given.original ?? given.address, dsnOriginal, notify);
    state.lastRecipient = address;
    if (this.#bcc === undefined || address === '') return;
    const copy = yield* this.#bcc.forRecipient(address);
    if (copy !== undefined) yield* this.copyTo(copy);
  }

  /** An automatic copy, which nobody is told about. */
  *copyTo(given: string): Steps<void> {
    const address = yield* ask(this.#rewriter.envelopeRecipient(given));
    yield* this.#put(address, address, '', NOTIFY_NEVER);
  }

  *#put(address: string, original: string, dsnOriginal: string, notify: number): Steps<void> {
    const expanded = yield* ask(this.#rewriter.expandRecipient(address));
    // RFC 3461 section 5.2.7.3: success is reported here. Seen: also when the alias has one member.
    const isAlias = expanded.length > 1 || expanded[0] !== address;
    const left = !isAlias ? notify : notify === NOTIFY_SUCCESS ? NOTIFY_NEVER : notify & ~NOTIFY_SUCCESS;
    if (left !== notify && (notify & NOTIFY_SUCCESS) !== 0)
      this.#state.expanded.push({address, original, dsnOriginal, notify, offset: this.#state.records.position});
    for (const member of expanded) this.#putOne(member, original, dsnOriginal, left);
  }

  #putOne(address: string, original: string, dsnOriginal: string, notify: number): void {
    if (this.#isDuplicate(address, original, dsnOriginal, notify)) return;
    const {records, recipients} = this.#state;
    if (notify !== 0) records.put('A', `notify_flags=${notify}`);
    if (dsnOriginal !== '') records.put('A', `dsn_orig_rcpt=${dsnOriginal}`);
    records.put('O', original);
    this.#state.recipientCount++;
    if (recipients.length < this.#settings.recipientsInMemory)
      recipients.push({address, original, dsnOriginal, notify, offset: records.position});
    records.put('R', address);
  }

  #isDuplicate(address: string, original: string, dsnOriginal: string, notify: number): boolean {
    const whole = this.#settings.keepsOriginal ? `${notify}:${dsnOriginal}:${original}:${address}` : address;
    const key = whole.toLowerCase();
    if (this.#seen.has(key)) return true;
    const {duplicateLimit} = this.#settings;
    if (duplicateLimit === 0 || this.#seen.size < duplicateLimit) this.#seen.add(key);
    return false;
  }

  #isUtf8(address: string): boolean {
    return this.#settings.isUtf8Enabled && !isAscii(address) && isValidUtf8(address);
  }
}

function isValidUtf8(bytes: string): boolean {
  try {
    new TextDecoder('utf-8', {fatal: true}).decode(Buffer.from(bytes, 'latin1'));
    return true;
  } catch {
    return false; // decoding is the test
  }
}
