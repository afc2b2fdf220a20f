/**
 * How the SMTP server reaches the queue manager. A message is safe before it is told of: the file is in `incoming`, whole
 * and under its name, and whoever works the queue finds it there; telling spares reading it again.
 */
import type {Envelope, Recipient} from '../queue/agent.ts';
import type {FlushAnswer} from '../queue/flush-logs.ts';
import type {VerifyAnswer} from '../queue/verifier.ts';

export interface QueueLink {
  /** `records`: the content while it is small; `expanded`: aliases whose sender wants to hear of success. */
  queued(envelope: Envelope, records: Buffer | undefined, expanded: readonly Recipient[]): void;
  /** ETRN and the like. */
  flushSite(site: string): Promise<FlushAnswer>;
  /** Is an address deliverable (verify(8))? undefined: nobody is there to say. */
  verify(address: string): Promise<VerifyAnswer | undefined>;
  close(): void;
}

/** Frames on the wire between two processes: lengths of head and body, head as JSON, body as it is. */
const PREFIX_BYTES = 8;

export type LinkHead =
  | {
      readonly op: 'queued';
      readonly envelope: FlatEnvelope;
      readonly expanded: readonly Recipient[];
      readonly hasRecords: boolean;
    }
  /** Some were not told of: look for them. */
  | {readonly op: 'scan'}
  | {readonly op: 'flush-site'; readonly site: string; readonly call: number}
  | {readonly op: 'verify'; readonly address: string; readonly call: number}
  | {readonly op: 'answer'; readonly call: number; readonly answer: FlushAnswer | VerifyAnswer | undefined};

/** Maps are no JSON. */
export type FlatEnvelope = Omit<Envelope, 'attributes'> & {readonly attributes: readonly (readonly [string, string])[]};

export function frame(head: LinkHead, body: Buffer = EMPTY): Buffer {
  const text = Buffer.from(JSON.stringify(head), 'utf8');
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + text.length + body.length);
  bytes.writeUInt32LE(text.length, 0);
  bytes.writeUInt32LE(body.length, 4);
  text.copy(bytes, PREFIX_BYTES);
  body.copy(bytes, PREFIX_BYTES + text.length);
  return bytes;
}

export function flatten(envelope: Envelope): FlatEnvelope {
  return {...envelope, attributes: [...envelope.attributes]};
}

export function unflatten(flat: FlatEnvelope): Envelope {
  return {...flat, attributes: new Map(flat.attributes)};
}

/** Cuts what comes into frames. */
export class FrameReader {
  readonly #take: (head: LinkHead, body: Buffer) => void;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(take: (head: LinkHead, body: Buffer) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (let wanted = this.#wanted(); wanted !== undefined && this.#length >= wanted; wanted = this.#wanted()) {
      const bytes = this.#joined();
      const headEnd = PREFIX_BYTES + bytes.readUInt32LE(0);
      const head = JSON.parse(bytes.toString('utf8', PREFIX_BYTES, headEnd)) as LinkHead; // our own process wrote it
      const rest = bytes.subarray(wanted);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#length = rest.length;
      this.#take(head, bytes.subarray(headEnd, wanted));
    }
  }

  #wanted(): number | undefined {
    if (this.#length < PREFIX_BYTES) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < PREFIX_BYTES) this.#joined();
    const [first] = this.#chunks;
    return first === undefined ? undefined : PREFIX_BYTES + first.readUInt32LE(0) + first.readUInt32LE(4);
  }

  #joined(): Buffer {
    const [only] = this.#chunks;
    if (this.#chunks.length === 1 && only !== undefined) return only;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

const EMPTY = Buffer.alloc(0);
export const LINK_SOCKET = 'incoming';
