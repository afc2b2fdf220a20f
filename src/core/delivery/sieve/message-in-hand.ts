/** A message while scripts decide about it: the beginning they look into, and its content as they have left it. */
import {BufferMessage} from '../../filter/sieve/message/buffer-message.ts';
import type {SieveMessage} from '../../filter/sieve/message/message.ts';
import type {Correspondence, OutgoingMail} from '../../filter/sieve/outgoing/correspondence.ts';
import type {DeliveryEnvelope, ScriptUser} from './run-environment.ts';
import type {DeliveredMessage} from './stored-message.ts';
import type {OutgoingMail as SubmittedMail} from './submit-mail.ts';

export class MessageInHand {
  readonly original: SieveMessage;
  /** With the header that editheader has left. */
  final: SieveMessage;
  readonly #source: DeliveredMessage;
  readonly #bodyOffset: number;

  constructor(source: DeliveredMessage, head: Buffer) {
    this.#source = source;
    this.original = new SizedMessage(head, source.sizeBytes);
    this.final = this.original;
    this.#bodyOffset = bodyOffset(head);
  }

  get isChanged(): boolean {
    return this.final !== this.original;
  }

  async *content(): AsyncIterable<Buffer> {
    if (!this.isChanged) return yield* this.#source.stream();
    const fields = this.final.fields().map(({text}) => text);
    yield Buffer.from(`${fields.join('')}\n`, 'latin1');
    let skip = this.#bodyOffset;
    for await (const piece of this.#source.stream()) {
      if (skip < piece.length) yield piece.subarray(skip);
      skip = Math.max(0, skip - piece.length);
    }
  }

  outgoing({sender, recipients, text, isFollowed}: OutgoingMail): SubmittedMail {
    const head = Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1');
    const message = this.content();
    async function* content(): AsyncIterable<Buffer> {
      yield head;
      if (isFollowed) yield* message;
    }
    return {sender, recipients, content: content()};
  }
}

export function correspondenceOf(
  user: ScriptUser & {readonly postmaster: string},
  envelope: DeliveryEnvelope,
  message: SieveMessage,
): Correspondence {
  const {settings, hostName, postmaster} = user;
  const {sender, recipient, originalRecipient} = envelope;
  let serial = 0;
  return {
    message,
    envelope: {from: sender, to: recipient, originalTo: originalRecipient},
    hostName,
    userEmail: settings.get('sieve_user_email'),
    postmaster,
    now: () => user.now(),
    uniqueId: () => {
      const time = user.now();
      const seconds = Math.floor(time / 1000);
      return `${seconds}-${Math.floor((time - seconds * 1000) * 1000)}${process.pid}-${serial++}`;
    },
    setting: name => settings.get(name),
  };
}

/** The beginning of a message, with the size of the whole. */
class SizedMessage extends BufferMessage {
  override readonly sizeBytes: number;

  constructor(head: Buffer, size: number) {
    super(head);
    this.sizeBytes = size;
  }
}

/** Behind the blank line. */
function bodyOffset(head: Buffer): number {
  const text = head.toString('latin1', 0, Math.min(head.length, LONGEST_HEADER_BYTES));
  const end = /\r?\n\r?\n/.exec(text);
  return end === null ? head.length : end.index + end[0].length;
}

const LONGEST_HEADER_BYTES = 1 << 20;
