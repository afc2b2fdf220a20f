/** The bytes of a message as its scripts have left it: what they did not change is read from where it lies. */
import {BufferMessage} from '../../filter/sieve/message/buffer-message.ts';
import {EditedMessage} from '../../filter/sieve/message/edited-message.ts';
import type {SieveMessage} from '../../filter/sieve/message/message.ts';
import type {DeliveredMessage} from './stored-message.ts';

/** The beginning of a message, with the size of the whole. */
export class SizedMessage extends BufferMessage {
  override readonly sizeBytes: number;

  constructor(head: Buffer, size: number) {
    super(head);
    this.sizeBytes = size;
  }
}

/** `final` is what became of `first`, which is the beginning of `source`. */
export async function* finalContent(
  final: SieveMessage,
  first: BufferMessage,
  source: Pick<DeliveredMessage, 'stream'>,
): AsyncIterable<Buffer> {
  if (final === first) return yield* source.stream();
  yield Buffer.from(`${headerOf(final)}\n`, 'latin1');
  const base = bodyOwner(final);
  if (base !== first) return yield Buffer.from(await base.rawBody(), 'latin1');
  let skip = first.bodyStart;
  for await (const piece of source.stream()) {
    if (skip < piece.length) yield piece.subarray(skip);
    skip = Math.max(0, skip - piece.length);
  }
}

function headerOf(message: SieveMessage): string {
  return message
    .fields()
    .map(({text}) => text)
    .join('');
}

function bodyOwner(message: SieveMessage): SieveMessage {
  let owner = message;
  while (owner instanceof EditedMessage) owner = owner.original;
  return owner;
}
