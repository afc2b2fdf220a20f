/**
 * The content on its way into the queue file: headers checked, rewritten, dropped and completed; body lines checked and
 * copied (cleanup(8)). Feed it chunks; it puts records into the message's buffer.
 *
 * Tables may need time: then what follows waits its turn, and `settle` answers the promise to wait for.
 */
import type {AddressRewriter, Later, RewriteContext} from '../address/address-rewriter.ts';
import {ask, run, type Steps} from '../address/steps.ts';
import {isAscii} from '../base/bytes.ts';
import {replaceReturns} from '../base/line-bytes.ts';
import {extractAddresses} from '../message/address-list.ts';
import {ContentScanner, type ContentHandler, type HeaderPlace} from '../message/content-scanner.ts';
import {formatMailDate} from '../message/date.ts';
import {findHeaderField, isHeader, type HeaderField} from '../message/header-field.ts';
import {LinePieces} from '../message/line-pieces.ts';
import type {CleanupSettings} from './cleanup-settings.ts';
import {TOO_MANY_HOPS, type MessageState} from './cleanup-state.ts';
import {applyCheck} from './header-checks.ts';
import {rewriteHeader} from './header-rewrite.ts';
import {formatFrom, formatMessageId} from './missing-headers.ts';
import {TLS_NOT_REQUIRED, UTF8_HEADER, UTF8_REQUESTED} from './send-options.ts';

/** The tables of header_checks and its kin; undefined where none are set. Asked with the whole header or line. */
export interface ContentChecks {
  readonly primary: CheckMap | undefined;
  readonly multipart: CheckMap | undefined;
  readonly nested: CheckMap | undefined;
  readonly body: CheckMap | undefined;
}

export interface CheckMap {
  /** The parameter, for complaints. */
  readonly name: string;
  find(text: string): Later<string | undefined>;
}

export interface ContentSupplies {
  readonly state: MessageState;
  readonly settings: CleanupSettings;
  readonly checks: ContentChecks;
  readonly rewriter: AddressRewriter;
  /** undefined: header addresses stay as they are, and nothing is added. */
  readonly context: RewriteContext | undefined;
  readonly fullName: string;
  readonly createdSeconds: number;
  /** Recipients named by the header are wanted too. */
  readonly extractsRecipients: boolean;
}

export class ContentWriter implements ContentHandler {
  /** Recipients found in the header, when they are wanted. */
  readonly extracted: string[] = [];
  readonly #supplies: ContentSupplies;
  readonly #state: MessageState;
  readonly #settings: CleanupSettings;
  readonly #scanner: ContentScanner;
  readonly #pieces: LinePieces;
  readonly #seen = new Set<string>();
  readonly #copiesBody: boolean;
  readonly #editsBytes: boolean;
  #hops = 0;
  #isResent = false;
  /** The last piece copied past the scanner ended its line. */
  #endsLine = true;
  #waiting: Promise<unknown> | undefined;

  constructor(supplies: ContentSupplies) {
    const {state, settings, checks} = supplies;
    this.#supplies = supplies;
    this.#state = state;
    this.#settings = settings;
    this.#copiesBody = checks.body === undefined || !state.isChecked;
    this.#editsBytes = state.isChecked && (settings.rejectsBytes !== undefined || settings.stripsBytes !== undefined);
    this.#scanner = new ContentScanner(this, {
      headerLimit: settings.headerLimit,
      scansMime: settings.scansMime,
      nestingLimit: settings.nestingLimit,
      boundaryLimit: settings.boundaryLimit,
    });
    this.#pieces = new LinePieces(
      settings.lineLimit,
      (bytes, start, end, endsLine) => this.#takePiece(bytes.subarray(start, end), endsLine),
      (bytes, start) => this.#takeLines(bytes, start),
    );
  }

  /** A whole header of ours, in front of everything else: Received: and the like. */
  prepend(header: string): void {
    for (const line of header.split('\n')) this.#scanner.line(Buffer.from(line, 'latin1'), true);
  }

  push(chunk: Buffer): void {
    this.#pieces.push(chunk);
  }

  end(): void {
    this.#pieces.end();
    if (!this.#endsLine) this.#state.records.put('N', '');
    this.#scanner.end();
  }

  /** The promise to await before more is pushed, when a table needs time. */
  settle(): Promise<unknown> | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }

  #takePiece(given: Buffer, endsLine: boolean): undefined {
    let bytes = given;
    if (this.#settings.replacesStrayReturns && bytes.includes(CARRIAGE_RETURN))
      replaceReturns((bytes = Buffer.from(bytes))); // a copy: the content is the submitter's
    if (this.#editsBytes) {
      if (this.#refuses(bytes)) return;
      bytes = this.#strip(bytes);
    }
    if (this.#mayCopy()) {
      this.#state.records.put(endsLine ? 'N' : 'L', bytes);
      this.#endsLine = endsLine;
    } else this.#scanner.line(bytes, endsLine);
  }

  /** Nothing but body lines can follow, and nobody looks at them. */
  #mayCopy(): boolean {
    return this.#copiesBody && this.#scanner.isOpaque && this.#waiting === undefined;
  }

  #takeLines(bytes: Buffer, start: number): number {
    if (this.#editsBytes || !this.#mayCopy()) return 0;
    const {lineLimit, replacesStrayReturns} = this.#settings;
    const taken = this.#state.records.putLines(bytes, start, lineLimit, replacesStrayReturns);
    this.#endsLine ||= taken > 0;
    return taken;
  }

  header(place: HeaderPlace, text: string, field: HeaderField | undefined): void {
    this.#inTurn(() => run(this.#takeHeader(place, text, field)));
  }

  headersEnd(): void {
    this.#inTurn(() => this.#addMissingHeaders());
  }

  body(bytes: Uint8Array, endsLine: boolean, offset: number): void {
    if (this.#waiting === undefined) this.#inTurn(() => this.#takeBody(bytes, endsLine, offset));
    else {
      const kept = Buffer.from(bytes); // the scanner's bytes are gone by then
      this.#inTurn(() => this.#takeBody(kept, endsLine, offset));
    }
  }

  #inTurn(work: () => Later<void>): void {
    if (this.#waiting !== undefined) {
      this.#waiting = this.#waiting.then(work);
      return;
    }
    const done = work();
    if (done instanceof Promise) this.#waiting = done;
  }

  *#takeHeader(place: HeaderPlace, given: string, givenField: HeaderField | undefined): Steps<void> {
    let text = given;
    let field = givenField;
    const map = this.#mapFor(place, field);
    const action = map === undefined ? undefined : yield* ask(map.find(text));
    if (map !== undefined && action !== undefined) {
      const verdict = applyCheck(this.#state, 'header', text, action, map.name);
      if (verdict.kind === 'drop') return;
      if (verdict.kind === 'prepend') this.#putHeader(verdict.text);
      if (verdict.kind === 'replace') {
        text = verdict.text;
        field = findHeaderField(text);
      }
    }
    if (field === undefined) return this.#putHeader(text);
    if (field.name === 'Content-Transfer-Encoding') this.#noteEncoding(text);
    if (place !== 'primary') return this.#putHeader(text);
    yield* this.#takeKnownHeader(text, field);
  }

  #mapFor(place: HeaderPlace, field: HeaderField | undefined): CheckMap | undefined {
    if (!this.#state.isChecked) return undefined;
    const {checks} = this.#supplies;
    if (field?.isMime === true || place === 'multipart') return checks.multipart;
    return place === 'nested' ? checks.nested : checks.primary;
  }

  *#takeKnownHeader(text: string, field: HeaderField): Steps<void> {
    this.#seen.add(field.name);
    const value = text.slice(text.indexOf(':') + 1);
    const {id, log, isLost} = this.#state;
    if (field.name === 'Message-ID' && !isLost) log.event('message_id', {queueId: id, messageId: value.trimStart()});
    if (field.name === 'Resent-Message-Id')
      log.event('message_id', {queueId: id, messageId: value.trimStart(), resent: true});
    if (field.name === 'Received') this.#countHop();
    if (field.name === 'TLS-Required' && this.#settings.heedsTlsRequired && value.trim().toLowerCase() === 'no')
      this.#state.sendOptions |= TLS_NOT_REQUIRED;
    if (field.isResent === true) this.#isResent = true;
    if (this.#supplies.extractsRecipients && field.isDestination === true)
      this.extracted.push(...extractAddresses(value, this.#settings.headerTokenLimit));
    if (this.#settings.dropsHeaders.has(field.name.toLowerCase())) return;
    this.#putHeader(yield* this.#rewritten(text, field));
  }

  *#rewritten(text: string, field: HeaderField): Steps<string> {
    const {rewriter, context} = this.#supplies;
    if (field.addresses === undefined || context === undefined) return text;
    const {log} = this.#state;
    return yield* rewriteHeader(text, field.addresses, {
      rewriter,
      context,
      tokenLimit: this.#settings.headerTokenLimit,
      warn: complaint => log.warning(complaint),
    });
  }

  #countHop(): void {
    if (++this.#hops < this.#settings.hopLimit) return;
    this.#state.log.warning(`${this.#state.id}: message rejected: hopcount exceeded`);
    this.#state.fail(TOO_MANY_HOPS);
  }

  /** RFC 2045 section 6.1. Seen: the value must stand there alone, without trailing blank or comment. */
  #noteEncoding(text: string): void {
    if (!this.#settings.detectsEncodingHeader) return;
    const value = text.slice(text.indexOf(':') + 1).trimStart();
    if (/^(?:8bit|binary)$/i.test(value)) this.#state.attributes.set('encoding', '8bit');
  }

  #addMissingHeaders(): void {
    const {settings, supplies, id, log} = {...this.#common()};
    const prefix = this.#isResent ? 'Resent-' : '';
    const completes = supplies.context !== undefined || settings.alwaysAddsHeaders;
    const hasNo = (name: string): boolean => completes && !this.#seen.has(prefix + name);
    if (completes && !this.#seen.has(this.#isResent ? 'Resent-Message-Id' : 'Message-ID')) {
      const messageId = formatMessageId(supplies.createdSeconds, id, settings.hostName);
      this.#put(`${prefix}Message-Id: ${messageId}`);
      log.event('message_id', {queueId: id, messageId, resent: this.#isResent});
      if (!this.#isResent) this.#seen.add('Message-ID');
    }
    if (!this.#seen.has('Message-ID') && !this.#state.isLost) log.event('message_id', {queueId: id, messageId: '<>'});
    if (hasNo('Date')) this.#put(`${prefix}Date: ${formatMailDate(this.#state.arrivalSeconds)}`);
    if (hasNo('From'))
      this.#put(`${prefix}From: ${formatFrom(this.#state.sender, supplies.fullName, settings.fromFormat)}`);
    if (completes && settings.undisclosedHeader !== '' && !this.#hasVisibleRecipient()) this.#addUndisclosed();
  }

  #common(): {settings: CleanupSettings; supplies: ContentSupplies; id: string; log: MessageState['log']} {
    return {settings: this.#settings, supplies: this.#supplies, id: this.#state.id, log: this.#state.log};
  }

  #hasVisibleRecipient(): boolean {
    return ['To', 'Cc', 'Resent-To', 'Resent-Cc'].some(name => this.#seen.has(name));
  }

  #addUndisclosed(): void {
    const header = this.#settings.undisclosedHeader;
    if (isHeader(header)) return this.#put(header);
    this.#state.log.warning(
      `bad undisclosed_recipients_header header text "${header}" -- need "headername: headervalue"`,
    );
  }

  #takeBody(bytes: Uint8Array, endsLine: boolean, offset: number): Later<void> {
    const map = this.#state.isChecked ? this.#supplies.checks.body : undefined;
    const limit = this.#settings.bodyCheckLimit;
    if (map === undefined || (limit !== 0 && offset >= limit)) this.#putBody(bytes, endsLine);
    else return run(this.#checkBody(map, bytes, endsLine));
  }

  *#checkBody(map: CheckMap, given: Uint8Array, endsLine: boolean): Steps<void> {
    const bytes = Buffer.from(given);
    const line = bytes.toString('latin1');
    const action = yield* ask(map.find(line));
    if (action === undefined) return this.#putBody(bytes, endsLine);
    const verdict = applyCheck(this.#state, 'body', line, action, map.name);
    if (verdict.kind === 'drop') return;
    if (verdict.kind === 'replace') return this.#putBody(Buffer.from(verdict.text, 'latin1'), endsLine);
    if (verdict.kind === 'prepend') this.#putBody(Buffer.from(verdict.text, 'latin1'), true);
    this.#putBody(bytes, endsLine);
  }

  #putBody(bytes: Uint8Array, endsLine: boolean): void {
    const {lineLimit} = this.#settings;
    let rest = bytes;
    for (; rest.length > lineLimit; rest = rest.subarray(lineLimit))
      this.#state.records.put('L', rest.subarray(0, lineLimit));
    this.#state.records.put(endsLine ? 'N' : 'L', rest);
  }

  /** A header of several lines; those that don't begin with white space get a tab (they were folded here). */
  #putHeader(header: string): void {
    if (this.#settings.isUtf8Enabled && !isAscii(header))
      this.#state.sendOptions |= this.#state.detectsUtf8 ? UTF8_HEADER | UTF8_REQUESTED : UTF8_HEADER;
    const limit = this.#settings.headerLimit;
    let start = 0;
    for (const line of header.split('\n')) {
      const room = limit - start;
      if (line.length > room && start > 0.9 * limit) return; // cut at a line's end, when that loses little
      const kept = line.slice(0, Math.max(0, room));
      this.#put(start === 0 || /^[ \t]/.test(kept) ? kept : `\t${kept}`);
      if (line.length > room) return;
      start += line.length + 1;
    }
  }

  #put(line: string): void {
    const {lineLimit} = this.#settings;
    let rest = line;
    for (; rest.length > lineLimit; rest = rest.slice(lineLimit))
      this.#state.records.put('L', rest.slice(0, lineLimit));
    this.#state.records.put('N', rest);
  }

  /** postconf(5) message_reject_characters. */
  #refuses(bytes: Buffer): boolean {
    const set = this.#settings.rejectsBytes;
    if (set === undefined || !this.#state.isChecked || !bytes.some(byte => set[byte] === 1)) return false;
    applyCheck(this.#state, 'content', bytes.toString('latin1'), 'REJECT disallowed character', 'character reject');
    return true;
  }

  /** postconf(5) message_strip_characters. */
  #strip(bytes: Buffer): Buffer {
    const set = this.#settings.stripsBytes;
    if (set === undefined || !this.#state.isChecked || !bytes.some(byte => set[byte] === 1)) return bytes;
    return Buffer.from(bytes.filter(byte => set[byte] !== 1));
  }
}

const CARRIAGE_RETURN = 0x0d;
