/**
 * Mail that is sent on: a new message for each Delivered-To address and envelope sender, with a Received: and a
 * Delivered-To: header on top (local(8) MAIL FORWARDING). Each has its queue id only once it is on disk.
 */
import {quoteAddress} from '../message/address-syntax.ts';
import {formatReceived} from '../message/received.ts';
import type {ContentSource, DeliveryRequest, NewRecipient, Submission} from '../queue/agent.ts';
import {TLS_REQUIRED} from '../queue/send-options.ts';
import type {DeliveryContext} from './context.ts';
import type {Attempt} from './local-attempt.ts';
import {describe} from '../base/errors.ts';

interface Group {
  readonly delivered: string;
  readonly sender: string;
  readonly hasOwnerSender: boolean;
  readonly recipients: NewRecipient[];
}

/** What of the old message's envelope the new one keeps. */
const KEPT_ATTRIBUTES = [
  'encoding',
  'log_client_name',
  'log_client_address',
  'log_client_port',
  'log_message_origin',
  'log_helo_name',
  'log_protocol_name',
  'client_name',
  'client_address',
  'client_port',
  'helo_name',
  'protocol_name',
];
/** The sender's wishes for reports, which a list's owner does not inherit. */
const DSN_ATTRIBUTES = ['envelope_id', 'ret_flags'];

export class ForwardedMail {
  readonly #context: DeliveryContext;
  readonly #request: DeliveryRequest;
  readonly #groups = new Map<string, Group>();

  constructor(context: DeliveryContext, request: DeliveryRequest) {
    this.#context = context;
    this.#request = request;
  }

  add(attempt: Attempt): void {
    const {delivered, sender, hasOwnerSender, recipient} = attempt;
    const key = `${delivered}\n${sender}`;
    let group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, (group = {delivered, sender, hasOwnerSender, recipients: []}));
    group.recipients.push({
      address: attempt.address,
      ...(recipient.original === '' ? {} : {original: recipient.original}),
      ...(recipient.dsnOriginal === '' ? {} : {dsnOriginal: recipient.dsnOriginal}),
      ...(recipient.notify === 0 ? {} : {notify: recipient.notify}),
    });
  }

  /** The ids of the new messages; stops with undefined at the first that can't be queued. */
  async send(): Promise<(string | undefined)[]> {
    const ids: (string | undefined)[] = [];
    for (const group of this.#groups.values()) {
      const id = await this.#submit(group);
      ids.push(id);
      if (id === undefined) break;
    }
    return ids;
  }

  async #submit(group: Group): Promise<string | undefined> {
    try {
      return (await this.#context.submitter.submit(await this.#submission(group))).id;
    } catch (fault) {
      this.#context.log.warning(`${this.#request.envelope.id}: unable to forward message: ${describe(fault)}`);
      return undefined;
    }
  }

  async #submission(group: Group): Promise<Submission> {
    const {config, clock} = this.#context;
    const [hostName, mailName] = [config.get('myhostname'), config.get('mail_name')];
    const seconds = Math.floor(clock.now() / 1000);
    const isMarked = config.list('prepend_delivered_header').includes('forward');
    const mark = isMarked ? `Delivered-To: ${quoteAddress(group.delivered).toLowerCase()}\n` : '';
    return {
      sender: group.sender,
      recipients: group.recipients,
      rewriteContext: 'local',
      attributes: this.#attributes(group.hasOwnerSender),
      received: queueId => formatReceived({hostName, mailName, queueId, seconds}),
      content: await withMark(mark, this.#request.content),
      skipsChecks: true,
      requiresTls: ((this.#request.envelope.sendOptions ?? 0) & TLS_REQUIRED) !== 0,
      returnsRefused: true,
    };
  }

  #attributes(hasOwnerSender: boolean): Map<string, string> {
    const kept = new Map<string, string>();
    for (const name of hasOwnerSender ? KEPT_ATTRIBUTES : [...KEPT_ATTRIBUTES, ...DSN_ATTRIBUTES]) {
      const value = this.#request.envelope.attributes.get(name);
      if (value !== undefined) kept.set(name, value);
    }
    return kept;
  }
}

const SMALL_BYTES = 128 * 1024;

async function withMark(mark: string, content: ContentSource): Promise<Buffer | AsyncIterable<Buffer>> {
  const head = Buffer.from(mark, 'latin1');
  const whole = await content.wholeIfSmall(SMALL_BYTES);
  return whole === undefined ? markedChunks(head, content) : Buffer.concat([head, whole]);
}

async function* markedChunks(head: Buffer, content: ContentSource): AsyncGenerator<Buffer> {
  yield head;
  yield* content.chunks();
}
