/** A way in for messages that ends in the maildrop: what `sendmail -bs` takes waits there for pickup. */
import {Refusal, systemCode} from '../core/base/errors.ts';
import type {Config} from '../core/config/config.ts';
import {LinePieces} from '../core/message/line-pieces.ts';
import type {NewQueueFile, Submission} from '../core/queue/agent.ts';
import {createMaildropFile, type MaildropFile} from '../core/queue/maildrop-file.ts';
import type {MessageDoor} from '../core/smtpd/incoming-message.ts';

export class MaildropDoor implements MessageDoor {
  readonly #config: Config;
  readonly #files = new Map<string, MaildropFile>();

  constructor(config: Config) {
    this.#config = config;
  }

  open(): Promise<NewQueueFile> {
    return attempt(() => {
      const file = createMaildropFile(this.#config);
      this.#files.set(file.id, file);
      const nothing = (): never => {
        throw new Error('a maildrop file is written by submit');
      };
      const abort = (): Promise<void> => {
        file.abort();
        return Promise.resolve();
      };
      return {id: file.id, createdSeconds: 0, write: nothing, finish: nothing, abort};
    });
  }

  async submit(submission: Submission): Promise<{readonly id: string}> {
    const id = submission.file?.id ?? '';
    const file = this.#files.get(id);
    if (file === undefined) throw new Error('a message without a file');
    this.#files.delete(id);
    try {
      await this.#write(file, id, submission);
    } catch (fault) {
      file.abort();
      throw asRefusal(fault);
    }
    return {id};
  }

  async #write(file: MaildropFile, id: string, submission: Submission): Promise<void> {
    writeEnvelope(file, submission);
    const pieces = new LinePieces(this.#config.get('line_length_limit'), (bytes, start, end, endsLine) => {
      file.copy(endsLine ? 'N' : 'L', bytes, start, end);
      return undefined;
    });
    for (const line of submission.received?.(id).split('\n') ?? []) file.put('N', line);
    const {content} = submission;
    for await (const chunk of content instanceof Uint8Array ? [content] : content) pieces.push(chunk);
    pieces.end();
    file.put('X', '');
    file.put('E', '');
    file.finish();
  }
}

function writeEnvelope(file: MaildropFile, {sender, recipients, attributes}: Submission): void {
  const put = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') file.put('A', `${name}=${value}`);
  };
  put('envelope_id', attributes?.get('envelope_id'));
  put('ret_flags', attributes?.get('ret_flags'));
  file.put('S', sender);
  put('encoding', attributes?.get('encoding'));
  for (const {address, notify = 0, dsnOriginal} of recipients) {
    if (notify !== 0) put('notify_flags', String(notify));
    put('dsn_orig_rcpt', dsnOriginal);
    file.put('R', address);
  }
  file.put('M', '');
}

async function attempt<T>(work: () => T): Promise<T> {
  try {
    return await Promise.resolve(work());
  } catch (fault) {
    throw asRefusal(fault);
  }
}

function asRefusal(fault: unknown): unknown {
  const code = systemCode(fault);
  if (code === undefined) return fault;
  if (code === 'EFBIG') return new Refusal('5.3.4', 'message file too big', {cause: fault});
  if (code === 'ENOSPC') return new Refusal('4.3.1', 'Insufficient system storage', {cause: fault});
  return new Refusal('4.3.0', 'queue file write error', {cause: fault});
}
