/** A mail transaction (RFC 5321 section 3.3): sender, recipients and content of the message at hand. */
import type {Later} from '../address/address-rewriter.ts';
import {Refusal} from '../base/errors.ts';
import {isAscii} from '../base/bytes.ts';
import type {NewRecipient} from '../queue/agent.ts';
import {UTF8_REQUESTED} from '../queue/send-options.ts';
import type {Forwarded} from './commands/xforward.ts';
import {IncomingMessage, type Cover} from './incoming-message.ts';
import type {SmtpdMachine} from './machine.ts';
import {receivedLine} from './received-line.ts';
import {nameAndAddress, newActions} from './smtpd-state.ts';

/** What MAIL said. */
export interface Sender {
  readonly address: string;
  readonly encoding?: string | undefined;
  readonly sizeBytes: number;
  readonly isUtf8: boolean;
  /** RET: 1 FULL, 2 HDRS; 0 unset. */
  readonly ret: 0 | 1 | 2;
  readonly envelopeId: string;
  readonly verp?: string | undefined;
  /** RFC 8689 section 2. */
  readonly requiresTls?: boolean | undefined;
}

let serial = 0;

export class Transaction {
  readonly #machine: SmtpdMachine;
  sender: Sender | undefined;
  recipients: NewRecipient[] = [];
  /** Recipients refused for their number alone. */
  overshoot = 0;
  message: IncomingMessage | undefined;
  /** The content that is coming in, for the log when it does not come to its end. */
  content: {readonly command: 'DATA' | 'BDAT'; readonly bytes: number} | undefined;
  #rewritesLocally = false;
  /** Before any content came, an access table had the message thrown away. */
  #discardsContent = false;
  #startSeconds = 0;

  constructor(machine: SmtpdMachine) {
    this.#machine = machine;
  }

  get isOpen(): boolean {
    return this.sender !== undefined;
  }

  begin(sender: Sender): void {
    const {state, service} = this.#machine;
    this.sender = sender;
    this.#startSeconds = Math.floor(service.clock.now() / 1000);
    state.sender = sender.address;
    state.messageSize = sender.sizeBytes;
    state.isUtf8 = sender.isUtf8;
    state.instance = `${process.pid.toString(16)}.${this.#startSeconds.toString(16)}.${(++serial).toString(16)}.0`;
  }

  /** With the first recipient the message gets its queue file. Throws `Refusal`. */
  async open(): Promise<void> {
    const {service, state} = this.#machine;
    if (this.message !== undefined) return;
    const file = await service.door.open();
    if (this.#machine.isOver) return void file.abort();
    this.message = new IncomingMessage(service.door, file, service.settings.lineLimit);
    state.queueId = file.id;
    const rewrites = this.#machine.forwarded.isLocal ?? this.#mayRewriteLocally();
    this.#rewritesLocally = typeof rewrites === 'boolean' ? rewrites : await rewrites;
    this.#logClient(file.id);
  }

  #mayRewriteLocally(): Later<boolean> {
    const {service, state} = this.#machine;
    const {client, login, tls} = state;
    return service.lists.rewritesLocally(client.address, login !== undefined, tls?.peerIsTrusted === true);
  }

  addRecipient(recipient: NewRecipient): void {
    this.recipients.push(recipient);
    this.#machine.state.recipientCount = this.recipients.length;
  }

  /** The content begins: what is known of the message is fixed. */
  beginContent(message: IncomingMessage): void {
    const {service, state} = this.#machine;
    this.#discardsContent = state.actions.discard;
    message.begin(
      () => this.#cover(),
      () => {
        state.stage = 'END-OF-MESSAGE';
        state.messageSize = message.wireBytes;
        return service.access.endOfData(state);
      },
    );
  }

  /** Forgets the transaction; a message that was not finished leaves nothing. */
  reset(): void {
    this.abort();
    this.#machine.chunking = undefined;
    const {state, service} = this.#machine;
    if (this.sender !== undefined || this.recipients.length > 0) service.access.forgetMessage(state);
    this.sender = undefined;
    this.recipients = [];
    this.overshoot = 0;
    state.sender = undefined;
    state.recipient = undefined;
    state.recipientCount = 0;
    state.messageSize = 0;
    state.isUtf8 = false;
    this.#machine.forwarded = {};
    state.actions = newActions();
  }

  /** Refused at its very end: the transaction goes on until the client ends it, with nobody to write to. */
  dropContent(): void {
    this.abort();
    this.recipients = [];
    this.#machine.state.recipient = undefined;
    this.#machine.state.recipientCount = 0;
  }

  abort(): void {
    this.message?.abort();
    this.message = undefined;
    this.content = undefined;
    this.#machine.state.queueId = undefined;
  }

  /** seen: `62F4525291A: client=client.example.org[198.51.100.5], sasl_method=PLAIN, sasl_username=user`. */
  #logClient(id: string): void {
    const {service, state, clientText} = this.#machine;
    const {login} = state;
    let text = `${id}: client=${clientText}`;
    if (login !== undefined) text += `, sasl_method=${login.method}, sasl_username=${login.username}`;
    if (login?.sender !== undefined) text += `, sasl_sender=${login.sender}`;
    const {forwarded} = this.#machine;
    if (forwarded.ident !== undefined) text += `, orig_queue_id=${forwarded.ident}`;
    if (forwarded.name !== undefined) text += `, orig_client=${originOf(forwarded)}`;
    service.log.info(text);
  }

  #cover(): Cover {
    const {service, state} = this.#machine;
    const {settings} = service;
    const {sender} = this;
    if (sender === undefined) throw new Error('content without a sender');
    const {actions} = state;
    const addresses = this.recipients.map(({original, address}) => original ?? address);
    return {
      sender: sender.address,
      recipients: this.recipients,
      rewriteContext: this.#rewritesLocally ? 'local' : 'remote',
      attributes: this.#attributes(sender),
      prependHeaders: actions.prepend,
      received: id => receivedLine(state, addresses, id, this.#startSeconds, this.#machine.receivedSettings),
      verp: sender.verp,
      utf8: sender.isUtf8 ? UTF8_REQUESTED : 0,
      requiresTls: sender.requiresTls,
      contentFilter: settings.contentFilter === '' ? undefined : settings.contentFilter,
      skipsChecks: settings.skipsChecks,
      skipsMapping: settings.skipsMapping,
      discardsContent: this.#discardsContent,
      actions: () => actions,
    };
  }

  #attributes(sender: Sender): Map<string, string> {
    const {state, forwarded} = this.#machine;
    const {client, login} = state;
    const {heloName = '', protocol} = state;
    const type = client.address.includes(':') ? '10' : '2';
    return new Map([
      ['log_ident', forwarded.ident ?? this.message?.file.id ?? ''],
      ['rewrite_context', this.#rewritesLocally ? 'local' : 'remote'],
      ['sasl_method', login?.method ?? ''],
      ['sasl_username', login?.username ?? ''],
      ['sasl_sender', login?.sender ?? ''],
      ['envelope_id', sender.envelopeId],
      ['ret_flags', sender.ret === 0 ? '' : String(sender.ret)],
      ['encoding', sender.encoding ?? ''],
      ['log_client_name', forwarded.name ?? client.name],
      ['log_client_address', forwarded.address ?? client.address],
      ['log_client_port', forwarded.port ?? client.port],
      ['log_message_origin', forwarded.name === undefined ? nameAndAddress(client) : originOf(forwarded)],
      ['log_helo_name', forwarded.helo ?? heloName],
      ['log_protocol_name', forwarded.protocol ?? protocol],
      ['client_name', client.name],
      ['reverse_client_name', client.reverseName],
      ['client_address', client.address],
      ['client_port', client.port],
      ['server_address', client.serverAddress],
      ['server_port', client.serverPort],
      ['helo_name', heloName],
      ['protocol_name', protocol],
      ['client_address_type', type],
    ]);
  }
}

/** An address that is not known is left out. */
function originOf({name = 'unknown', address = 'unknown'}: Forwarded): string {
  return address === 'unknown' ? name : `${name}[${address}]`;
}

/** The reply for what cleanup refuses (cleanup(8)'s statuses as smtpd(8) tells them). */
export function refusalReply(fault: unknown): string {
  if (!(fault instanceof Refusal)) return '451 4.3.0 Error: queue file write error';
  const {code: status, message: text} = fault;
  const known = KNOWN.get(`${status} ${text}`);
  if (known !== undefined) return `${known} ${status} Error: ${text}`;
  return `${status.startsWith('4') ? '451' : '550'} ${status} ${text}`;
}

const KNOWN: ReadonlyMap<string, number> = new Map([
  ['5.4.0 too many hops', 554],
  ['5.3.4 message file too big', 552],
  ['5.1.0 no recipients specified', 550],
  ['4.3.0 queue file write error', 451],
  ['4.3.1 Insufficient system storage', 452],
]);

export const NOT_DECLARED = '553 5.6.7 Must declare SMTPUTF8 to send unicode address';

/** As the client wrote it, without brackets; `utf-8;` where the address needs it (RFC 6533 section 3). */
export function originalRecipient(written: string, isUtf8: boolean): string {
  const address = written.startsWith('<') && written.endsWith('>') ? written.slice(1, -1) : written;
  return `${isUtf8 && !isAscii(address) ? 'utf-8' : 'rfc822'};${address}`;
}
