/**
 * Mail to the postmaster about a session that went wrong, with its transcript (postconf(5) notify_classes: policy,
 * protocol, resource, software). The trouble is in the log as well: a notice that can't be queued is a warning there.
 */
import type {Clock} from '../base/clock.ts';
import {describe} from '../base/errors.ts';
import type {Config} from '../config/config.ts';
import type {Log} from '../log/log.ts';
import {formatMailDate} from '../message/date.ts';
import {formatReceived} from '../message/received.ts';
import type {Submitter} from '../queue/agent.ts';
import {foldText} from './dsn.ts';

/** Wherever the trouble came from. */
export type TroubleClass = 'policy' | 'protocol' | 'resource' | 'software';

export interface SessionTrouble {
  readonly classes: Iterable<TroubleClass>;
  /** Who speaks: `SMTP server`, `SMTP client`, `LMTP client`. */
  readonly program: string;
  /** `client.example.org[198.51.100.5]`. */
  readonly peer: string;
  /** What was said, in order; `In` is what came from a client, `Out` what we said. No line ends. */
  readonly transcript: readonly {readonly direction: 'In' | 'Out'; readonly text: string}[];
  /** Why the session ended early. */
  readonly reason?: string | undefined;
}

export interface PostmasterNoticesSupplies {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly submitter: Submitter;
}

const TRANSCRIPT_WIDTH = 78;
const TRANSCRIPT_INDENT = 5;
/** Seen: notices go here; error_notice_recipient is only named in their header. */
const RECIPIENT = 'postmaster';

export class PostmasterNotices {
  readonly #supplies: PostmasterNoticesSupplies;
  readonly #classes: ReadonlySet<string>;

  constructor(supplies: PostmasterNoticesSupplies) {
    this.#supplies = supplies;
    this.#classes = new Set(supplies.config.list('notify_classes').map(name => name.toLowerCase()));
  }

  /** Does the postmaster want to hear of any of these: a session needs no transcript else. */
  wants(classes: Iterable<TroubleClass>): boolean {
    for (const name of classes) if (this.#classes.has(name)) return true;
    return false;
  }

  /** Resolves when the notice is queued, or when there is none to be sent. Never rejects. */
  async send(trouble: SessionTrouble): Promise<void> {
    const {config, log, clock, submitter} = this.#supplies;
    if (!this.wants(trouble.classes)) return;
    const host = config.get('myhostname');
    const seconds = Math.floor(clock.now() / 1000);
    try {
      await submitter.submit({
        sender: `${config.get('double_bounce_sender')}@${host}`,
        recipients: [{address: RECIPIENT}],
        rewriteContext: 'local',
        internal: true,
        skipsChecks: true,
        attributes: new Map([
          ['log_message_origin', 'local'],
          ['trace_flags', '0'],
        ]),
        received: queueId => formatReceived({hostName: host, mailName: config.get('mail_name'), queueId, seconds}),
        content: Buffer.from(noticeText(trouble, config, seconds), 'latin1'),
      });
    } catch (fault) {
      log.warning(`postmaster notify: ${describe(fault)}`);
    }
  }
}

function noticeText({program, peer, transcript, reason}: SessionTrouble, config: Config, seconds: number): string {
  const isObsolete = config.get('header_from_format') === 'obsolete';
  const named = (name: string, address: string): string =>
    isObsolete ? `${address} (${name})` : `${name} <${address}>`;
  const lines = transcript.flatMap(({direction, text}) => foldLine(direction, text));
  return [
    `Date: ${formatMailDate(seconds)}`,
    `From: ${named('Mail Delivery System', `MAILER-DAEMON@${config.get('myhostname')}`)}`,
    `To: ${named('Postmaster', config.get('error_notice_recipient'))}`,
    `Subject: ${config.get('mail_name')} ${program}: errors from ${peer.replace(/[\r\n]/g, ' ')}`,
    '',
    ...(program.endsWith('client') ? [`Unexpected response from ${peer}.`, ''] : []),
    'Transcript of session follows.',
    '',
    ...lines,
    '',
    ...(reason === undefined ? [] : [`Session aborted, reason: ${reason.replace(/[\r\n]/g, ' ')}`]),
    '',
    'For other details, see the local mail logfile',
    '',
  ].join('\n');
}

function foldLine(direction: 'In' | 'Out', text: string): string[] {
  const printable = text.replace(/[^\x20-\x7e\x80-\xff]/g, '?');
  return foldText(` ${`${direction}: `.padEnd(5)}${printable}`, TRANSCRIPT_WIDTH, TRANSCRIPT_INDENT);
}
