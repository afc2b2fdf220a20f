/**
 * APPEND (RFC 3501 section 6.3.11) of one or more messages (RFC 3502), whole or put together (CATENATE, RFC 4469). All are
 * saved or none. After a fault the rest of what the client is sending is passed over.
 *
 * Of several APPENDs in a row each is on disk before it is answered, but the next one is taken in meanwhile: so they share
 * the disk's flushes.
 */
import {Refusal} from '../../base/errors.ts';
import type {MessageSink, SaveBatch} from '../../mailbox/mail-store.ts';
import {AppendReader} from '../append-reader.ts';
import type {LiteralMark} from '../argument-parser.ts';
import {catenateUrl} from '../catenate-url.ts';
import type {CommandReader} from '../command-reader.ts';
import {streamCommand} from '../command.ts';
import {withExistenceCode} from '../existence-code.ts';
import {expectFlags} from '../flags.ts';
import {storeName} from '../mailbox-name.ts';
import type {MailSession} from '../mail-session.ts';
import {printRuns} from '../sequence-set.ts';

export const append = streamCommand({
  name: 'APPEND',
  sync: 'all',
  async run(session, call, reader) {
    const append = new Append(session, reader);
    const saving = await append.run();
    if (session.answerLater(call, saving, /^\S+ APPEND /i)) return '';
    return await saving();
  },
});

class Append {
  readonly #session: MailSession;
  readonly #reader: CommandReader;
  readonly #args: AppendReader;

  constructor(session: MailSession, reader: CommandReader) {
    this.#session = session;
    this.#reader = reader;
    this.#args = new AppendReader(reader);
  }

  /** All is taken in; what is answered makes it durable. */
  async run(): Promise<() => Promise<string>> {
    const name = storeName(this.#session, await this.#args.readName());
    const batch = await withExistenceCode('TRYCREATE', this.#session.store.save(name));
    try {
      let last = await this.#message(batch);
      while (!this.#args.isAtEnd) {
        await last.finish();
        last = await this.#message(batch);
      }
      return () => this.#save(name, batch, last);
    } catch (fault) {
      await batch.abort();
      throw fault;
    }
  }

  async #save(name: string, batch: SaveBatch, last: MessageSink): Promise<string> {
    try {
      await last.finish();
      const {uidValidity, uids} = await batch.commit();
      this.#session.counters.appended += uids.length;
      const {scripts} = this.#session;
      if (scripts !== undefined) await scripts.happened({cause: 'APPEND', mailbox: name, uids});
      return `OK [APPENDUID ${uidValidity} ${printRuns(uids)}] Append completed.`;
    } catch (fault) {
      await batch.abort();
      throw fault;
    }
  }

  async #message(batch: SaveBatch): Promise<MessageSink> {
    const {flags, received} = this.#args.head();
    const {bits, keywords} =
      flags === undefined ? NO_FLAGS : expectFlags(flags, this.#session.settings.maxKeywordLength);
    const isCatenated = this.#args.takeCatenate();
    const {mark} = this.#args;
    if (!isCatenated && mark?.size === 0) throw new Refusal('', "Can't save a zero byte message");
    const sink = await batch.add({flags: bits, keywords, received});
    if (isCatenated) await this.#catenate(sink);
    else if (mark !== undefined) await this.#literal(sink, mark);
    return sink;
  }

  async #literal(sink: MessageSink, mark: LiteralMark): Promise<void> {
    this.#reader.invite(mark);
    let left = mark.size;
    try {
      while (left > 0) {
        const bytes = await this.#reader.someBytes(left);
        left -= bytes.length;
        const written = sink.write(bytes);
        if (written !== undefined) await written;
        const pause = this.#session.line.breathe();
        if (pause !== undefined) await pause;
      }
    } catch (fault) {
      await this.#passOver(left);
      throw fault;
    }
    await this.#args.continue();
  }

  /** The client goes on sending, whatever we think of it. */
  async #passOver(left: number): Promise<void> {
    await this.#reader.skipBytes(left);
    await this.#reader.continueLine();
  }

  async #catenate(sink: MessageSink): Promise<void> {
    for (let part = this.#args.nextPart(); part !== undefined; part = this.#args.nextPart()) {
      if (part.kind === 'literal') await this.#literal(sink, part.mark);
      else await catenateUrl(this.#session, part.url, sink);
    }
  }
}

const NO_FLAGS = {bits: 0, keywords: []};
