/**
 * bounce(8): writes the reports about a message and queues them. A report is durable before `notify` answers; what can't
 * be queued rejects, and the message stays. There is never a report about a report: one that can't be delivered goes to
 * the postmaster, if notify_classes says so, and a report about that one is dropped with a line in the log.
 */
import type {Clock} from '../base/clock.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {quoteAddress} from '../message/address-syntax.ts';
import {formatReceived} from '../message/received.ts';
import {
  NOTIFY_DELAY,
  NOTIFY_FAILURE,
  NOTIFY_NEVER,
  type ContentSource,
  type Envelope,
  type Submitter,
} from '../queue/agent.ts';
import type {BounceService, NotificationKind} from '../queue/bounce-service.ts';
import type {LogEntry} from '../queue/queue-log.ts';
import {reportText, type ReportFrame, type ReportKind} from './dsn.ts';

const HEADERS_ONLY = '2'; // attribute ret_flags: RET=HDRS
const SECONDS_PER_DAY = 86_400;

export interface BounceSupplies {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly submitter: Submitter;
}

export class Bounce implements BounceService {
  readonly #supplies: BounceSupplies;
  readonly #log: Log;
  readonly #classes: ReadonlySet<string>;
  /** Sender of notices to the postmaster; internal form. */
  readonly #doubleBounce: string;

  constructor(supplies: BounceSupplies) {
    const {config, log} = supplies;
    this.#supplies = supplies;
    this.#log = log.as('bounce');
    this.#classes = new Set(config.list('notify_classes'));
    this.#doubleBounce = `${config.get('double_bounce_sender')}@${config.get('myhostname')}`;
  }

  async notify(
    kind: NotificationKind,
    envelope: Envelope,
    all: readonly LogEntry[],
    content: ContentSource,
  ): Promise<void> {
    const entries = all.filter(entry => isWanted(kind, entry));
    if (entries.length === 0) return;
    if (kind !== 'failed' && envelope.sender === '') return;
    if (envelope.sender.toLowerCase() === this.#doubleBounce.toLowerCase()) {
      this.#log.warning(`${envelope.id}: undeliverable postmaster notification discarded`);
      return;
    }
    if (envelope.sender === '') return this.#doubleBounceToPostmaster(envelope, entries, content);
    await this.#send(kind, '', envelope.sender, envelope, entries, content);
    if (kind === 'failed' && this.#classes.has('bounce'))
      await this.#notice('postmaster', 'bounce_notice_recipient', envelope, entries, content);
    if (kind === 'delayed' && this.#classes.has('delay'))
      await this.#notice('postmaster-delay', 'delay_notice_recipient', envelope, entries, content);
  }

  async #doubleBounceToPostmaster(
    envelope: Envelope,
    entries: readonly LogEntry[],
    content: ContentSource,
  ): Promise<void> {
    if (this.#classes.has('2bounce'))
      await this.#notice('postmaster', '2bounce_notice_recipient', envelope, entries, content);
  }

  #notice(
    kind: 'postmaster' | 'postmaster-delay',
    recipient: 'bounce_notice_recipient' | 'delay_notice_recipient' | '2bounce_notice_recipient',
    envelope: Envelope,
    entries: readonly LogEntry[],
    content: ContentSource,
  ): Promise<void> {
    return this.#send(kind, this.#doubleBounce, this.#supplies.config.get(recipient), envelope, entries, content);
  }

  async #send(
    kind: ReportKind,
    sender: string,
    recipient: string,
    envelope: Envelope,
    entries: readonly LogEntry[],
    content: ContentSource,
  ): Promise<void> {
    const {config, clock, submitter} = this.#supplies;
    const frame = this.#frame(kind, recipient, envelope, entries);
    const {head, tail} = reportText(frame);
    const seconds = Math.floor(clock.now() / 1000);
    const {id} = await submitter.submit({
      sender,
      recipients: [{address: recipient}],
      rewriteContext: 'local',
      internal: true,
      skipsChecks: true,
      attributes: new Map(config.get('smtputf8_enable') ? [['encoding', '8bit']] : []),
      received: queueId =>
        formatReceived({hostName: config.get('myhostname'), mailName: config.get('mail_name'), queueId, seconds}),
      content: body(head, content, frame.isHeadersOnly, tail),
    });
    this.#log.event('notification', {
      queueId: envelope.id,
      to: kind.startsWith('postmaster') ? 'postmaster' : 'sender',
      kind:
        kind === 'failed' || kind === 'postmaster'
          ? 'non-delivery'
          : kind.includes('delay')
            ? 'delay'
            : 'delivery status',
      newId: id,
    });
  }

  #frame(kind: ReportKind, recipient: string, envelope: Envelope, entries: readonly LogEntry[]): ReportFrame {
    const {config, clock} = this.#supplies;
    const lifetimeSeconds = config.get('maximal_queue_lifetime');
    const isDouble = kind === 'postmaster' && envelope.sender === '';
    const returnsAll = kind === 'failed' || isDouble;
    return {
      kind,
      envelope,
      entries,
      hostName: config.get('myhostname'),
      origin: config.get('myorigin'),
      to: quoteAddress(recipient.includes('@') ? recipient : `${recipient}@${config.get('myorigin')}`),
      seconds: Math.floor(clock.now() / 1000),
      isHeadersOnly:
        !returnsAll ||
        envelope.attributes.get('ret_flags') === HEADERS_ONLY ||
        envelope.sizeBytes > config.get('bounce_size_limit'),
      isUtf8: config.get('smtputf8_enable') || envelope.attributes.get('encoding') === '8bit',
      warningHours: Math.floor(config.get('delay_warning_time') / 3600),
      lifetimeDays: Math.floor(lifetimeSeconds / SECONDS_PER_DAY),
      lifetimeSeconds,
    };
  }
}

/** What the sender asked to be told of (RFC 3461 section 4.1). */
function isWanted(kind: NotificationKind, {notify}: LogEntry): boolean {
  if (kind === 'verify' || kind === 'success' || notify === 0) return true;
  if ((notify & NOTIFY_NEVER) !== 0) return false;
  return (notify & (kind === 'failed' ? NOTIFY_FAILURE : NOTIFY_DELAY)) !== 0;
}

async function* body(
  head: string,
  content: ContentSource,
  isHeadersOnly: boolean,
  tail: string,
): AsyncGenerator<Buffer> {
  yield Buffer.from(head, 'latin1');
  if (isHeadersOnly) yield await headersOf(content);
  else yield* content.chunks();
  yield Buffer.from(tail, 'latin1');
}

const HEADER_LIMIT_BYTES = 1 << 20;

/** The lines before the first empty one. */
async function headersOf(content: ContentSource): Promise<Buffer> {
  let text = Buffer.alloc(0);
  for await (const chunk of content.chunks()) {
    text = Buffer.concat([text, chunk]);
    const end = text.indexOf('\n\n');
    if (end >= 0) return text.subarray(0, end + 1);
    if (text.length > HEADER_LIMIT_BYTES) break;
  }
  return text;
}
