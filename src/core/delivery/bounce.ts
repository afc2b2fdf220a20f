/**
 * bounce(8): writes the reports about a message and queues them. A report is durable before `notify` answers; what can't
 * be queued rejects, and the message stays. There is never a report about a report: one that can't be delivered goes to
 * the postmaster, if notify_classes says so, and a report about that one is dropped with a line in the log.
 */
import {readFile} from 'node:fs/promises';
import {toPath} from '../base/bytes.ts';
import type {Clock} from '../base/clock.ts';
import {ConfigError, describe} from '../base/errors.ts';
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
import {TLS_NOT_REQUIRED, TLS_REQUIRED, UTF8_REQUESTED} from '../queue/send-options.ts';
import {verpSender} from '../queue/verp.ts';
import {builtInTemplates, expandBody, parseTemplates, type Template, type TemplateName} from './bounce-templates.ts';
import {reportText, type ReportFrame} from './dsn.ts';

const HEADERS_ONLY = '2'; // attribute ret_flags: RET=HDRS

export interface BounceSupplies {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly submitter: Submitter;
}

/** One report to write. */
interface Report {
  readonly kind: NotificationKind;
  readonly envelope: Envelope;
  readonly entries: readonly LogEntry[];
  readonly content: ContentSource;
  readonly sender: string;
  readonly recipient: string;
  /** A copy or notice for the postmaster. */
  readonly isNotice?: boolean | undefined;
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
    this.#classes = new Set(config.list('notify_classes').map(name => name.toLowerCase()));
    this.#doubleBounce = `${config.get('double_bounce_sender')}@${config.get('myhostname')}`;
  }

  async notify(
    kind: NotificationKind,
    envelope: Envelope,
    all: readonly LogEntry[],
    content: ContentSource,
    owner?: string,
  ): Promise<void> {
    const isSuccess = kind === 'success' || kind === 'verify';
    if (envelope.sender.toLowerCase() === this.#doubleBounce.toLowerCase()) {
      if (isSuccess) this.#log.info(`${envelope.id}: not sending trace/success notification for double-bounce message`);
      else this.#log.warning(`${envelope.id}: undeliverable postmaster notification discarded`);
      return;
    }
    const entries = all.filter(entry => isWanted(kind, entry));
    // Seen: without VERP, and also when the message itself is a bounce.
    if (owner !== undefined)
      return this.#returned({kind, envelope, entries, content, sender: '', recipient: owner}, all);
    if (kind === 'delayed') return this.#delayed(envelope, entries, all, content);
    if (kind === 'failed') return this.#failed(envelope, entries, all, content);
    if (entries.length > 0) await this.#succeeded({kind, envelope, entries, content});
  }

  /** Success of a bounce is for the postmaster, if he wants to know; the report looks as if it were for the sender. */
  async #succeeded(report: Omit<Report, 'sender' | 'recipient'>): Promise<void> {
    const {id, sender} = report.envelope;
    if (sender !== '') return this.#send({...report, sender: '', recipient: sender});
    if (!this.#classes.has('2bounce'))
      return this.#log.info(`${id}: not sending trace/success notification for single-bounce message`);
    const recipient = this.#supplies.config.get('2bounce_notice_recipient');
    await this.#send({...report, sender: this.#doubleBounce, recipient});
  }

  async #failed(
    envelope: Envelope,
    entries: readonly LogEntry[],
    all: readonly LogEntry[],
    content: ContentSource,
  ): Promise<void> {
    const {sender, verp} = envelope;
    if (sender === '')
      return this.#notice('2bounce', '2bounce_notice_recipient', {kind: 'failed', envelope, entries: all, content});
    if (verp !== undefined && !this.#supplies.config.get('disable_verp_bounces')) {
      for (const entry of entries) {
        const recipient = verpSender(sender, verp, quoteAddress(entry.original || entry.recipient));
        await this.#returned({kind: 'failed', envelope, entries: [entry], content, sender: '', recipient}, [entry]);
      }
    } else await this.#returned({kind: 'failed', envelope, entries, content, sender: '', recipient: sender}, all);
  }

  /** To the sender, and a copy to the postmaster. */
  async #returned(report: Report, all: readonly LogEntry[]): Promise<void> {
    if (report.entries.length > 0) await this.#send(report);
    await this.#notice('bounce', 'bounce_notice_recipient', {...report, entries: all});
  }

  async #delayed(
    envelope: Envelope,
    entries: readonly LogEntry[],
    all: readonly LogEntry[],
    content: ContentSource,
  ): Promise<void> {
    const {sender} = envelope;
    if (sender === '') return;
    const report = {kind: 'delayed', envelope, content} as const;
    if (entries.length > 0) await this.#send({...report, entries, sender: '', recipient: sender});
    await this.#notice('delay', 'delay_notice_recipient', {...report, entries: all});
  }

  async #notice(
    noticeClass: string,
    recipient: 'bounce_notice_recipient' | 'delay_notice_recipient' | '2bounce_notice_recipient',
    report: Omit<Report, 'sender' | 'recipient'>,
  ): Promise<void> {
    if (!this.#classes.has(noticeClass)) return;
    const to = this.#supplies.config.get(recipient);
    await this.#send({...report, sender: this.#doubleBounce, recipient: to, isNotice: true});
  }

  async #send(report: Report): Promise<void> {
    const {config, clock, submitter} = this.#supplies;
    const {envelope, sender, recipient, content} = report;
    const frame = await this.#framed(report);
    const {head, tail} = reportText(frame);
    const seconds = Math.floor(clock.now() / 1000);
    const {id} = await submitter.submit({
      sender,
      recipients: [{address: recipient}],
      rewriteContext: 'local',
      internal: true,
      skipsChecks: true,
      utf8: (envelope.sendOptions ?? 0) & UTF8_REQUESTED,
      requiresTls: requiresTls(envelope) && !config.get('requiretls_redact_dsn'),
      attributes: new Map([
        ['log_message_origin', 'local'],
        ['trace_flags', '0'],
      ]),
      received: queueId =>
        formatReceived({hostName: config.get('myhostname'), mailName: config.get('mail_name'), queueId, seconds}),
      content: body(head, content, frame.isHeadersOnly, tail),
    });
    this.#log.event('notification', {
      queueId: envelope.id,
      to: report.isNotice === true ? 'postmaster' : 'sender',
      kind: EVENT_KINDS[report.kind],
      newId: id,
    });
  }

  /** A template that can't be understood keeps the message in the queue. */
  async #framed(report: Report): Promise<ReportFrame> {
    try {
      const frame = this.#frame(report, await this.#template(TEMPLATE_OF[report.kind]));
      return {...frame, thread: await this.#thread(report)};
    } catch (fault) {
      if (fault instanceof ConfigError) {
        const {file, line, message} = fault;
        this.#log.fatal(`${file}${line > 0 ? `, line ${line}` : ''}: ${message}`);
      }
      throw fault;
    }
  }

  /** postconf(5) enable_threaded_bounces. Seen: the line as it stands, without what is folded. */
  async #thread({envelope, content}: Report): Promise<string | undefined> {
    if (!this.#supplies.config.get('enable_threaded_bounces')) return undefined;
    const headers = (await headersOf(content)).toString('latin1').split('\n');
    const value = headers
      .find(line => /^message-id[ \t]*:/i.test(line))
      ?.replace(/^[^:]*:/, '')
      .trim();
    if (value === undefined || /^<.*>$/.test(value)) return value;
    this.#log.warning(`${envelope.id}: ignoring malformed Message-ID`);
    return undefined;
  }

  #frame(report: Report, template: Template): ReportFrame {
    const {config, clock} = this.#supplies;
    const {kind, envelope, entries, recipient} = report;
    const isNotice = report.isNotice === true;
    const isUtf8 = config.get('smtputf8_enable');
    const encoding = isUtf8 ? '8bit' : envelope.attributes.get('encoding');
    const now = Math.floor(clock.now() / 1000);
    return {
      envelope,
      entries,
      hostName: config.get('myhostname'),
      mailName: config.get('mail_name'),
      from: template.from ?? ownFrom(config.get('header_from_format')),
      subject: (isNotice ? template.postmasterSubject : undefined) ?? template.subject,
      to: quoteAddress(recipient),
      isNotice,
      isFailure: kind === 'failed',
      isDelay: kind === 'delayed',
      now,
      retryUntil: envelope.arrivalSeconds + config.get('maximal_queue_lifetime'),
      text: isNotice ? [] : this.#text(template, TEMPLATE_OF[kind]),
      charset: encoding === '8bit' && isUsAscii(template) ? 'utf-8' : template.charset,
      encoding,
      partEncoding: encoding === '8bit' ? '8bit' : undefined,
      isGlobal: isUtf8 && ((envelope.sendOptions ?? 0) & UTF8_REQUESTED) !== 0,
      isHeadersOnly: this.#isHeadersOnly(report),
      needsNoTls: !requiresTls(envelope) && ((envelope.sendOptions ?? 0) & TLS_NOT_REQUIRED) !== 0,
    };
  }

  /** Copies for the postmaster are short, but a report that could not be delivered he gets whole. */
  #isHeadersOnly({kind, envelope, isNotice}: Report): boolean {
    if (kind !== 'failed' || (isNotice === true && envelope.sender !== '')) return true;
    if (envelope.attributes.get('ret_flags') === HEADERS_ONLY || requiresTls(envelope)) return true;
    const limit = this.#supplies.config.get('bounce_size_limit');
    return limit > 0 && envelope.sizeBytes > limit;
  }

  async #template(name: TemplateName): Promise<Template> {
    const file = this.#supplies.config.get('bounce_template_file');
    if (file === '') return builtInTemplates[name];
    const warn = (text: string): void => this.#log.warning(text);
    let text: string;
    try {
      text = await readFile(toPath(file), 'latin1'); // read anew: it may have changed
    } catch (fault) {
      warn(`open bounce template file ${file}: ${describe(fault)} -- using built-in templates`);
      return builtInTemplates[name];
    }
    return parseTemplates(text, file, warn)[name];
  }

  #text(template: Template, name: TemplateName): readonly string[] {
    const {config} = this.#supplies;
    const values = {
      delay_warning_time: config.get('delay_warning_time'),
      maximal_queue_lifetime: config.get('maximal_queue_lifetime'),
      lookup: (name: string) => config.lookup(name),
    };
    return expandBody(template, name, values, text => this.#log.warning(text));
  }
}

const EVENT_KINDS = {
  failed: 'non-delivery',
  delayed: 'delay',
  success: 'delivery status',
  verify: 'delivery status',
} as const;
const TEMPLATE_OF = {failed: 'failure', delayed: 'delay', success: 'success', verify: 'verify'} as const;

/** Unqualified: cleanup completes it as any local address. */
function ownFrom(format: string): string {
  return format === 'obsolete' ? 'MAILER-DAEMON (Mail Delivery System)' : 'Mail Delivery System <MAILER-DAEMON>';
}

/** Then a report shows no more than the header (RFC 8689 section 5). */
function requiresTls({sendOptions = 0}: Envelope): boolean {
  return (sendOptions & TLS_REQUIRED) !== 0;
}

function isUsAscii({charset}: Template): boolean {
  return charset.toLowerCase() === 'us-ascii';
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
