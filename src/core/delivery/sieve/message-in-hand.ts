/** A message while scripts decide about it: the beginning they look into, and its content as they have left it. */
import type {BufferMessage} from '../../filter/sieve/message/buffer-message.ts';
import type {SieveMessage} from '../../filter/sieve/message/message.ts';
import type {Correspondence, OutgoingMail} from '../../filter/sieve/outgoing/correspondence.ts';
import {finalContent, SizedMessage} from './final-content.ts';
import type {DeliveryEnvelope, ScriptUser} from './run-environment.ts';
import type {DeliveredMessage} from './stored-message.ts';
import type {OutgoingMail as SubmittedMail} from './submit-mail.ts';

export class MessageInHand {
  readonly original: BufferMessage;
  /** As the scripts have left it. */
  final: SieveMessage;
  readonly #source: DeliveredMessage;

  constructor(source: DeliveredMessage, head: Buffer) {
    this.#source = source;
    this.original = new SizedMessage(head, source.sizeBytes);
    this.final = this.original;
  }

  get isChanged(): boolean {
    return this.final !== this.original;
  }

  content(): AsyncIterable<Buffer> {
    return finalContent(this.final, this.original, this.#source);
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
