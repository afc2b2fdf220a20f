/**
 * How the bytes of a section are found and served: the part tree (message/mime/) says which they are. A message's tree is
 * kept for the next question about it.
 */
import type {MessageReader} from '../../mailbox/mailbox.ts';
import type {MessagePart} from '../../message/mime/message-part.ts';
import {planSection, type Section, type SectionPlan} from '../../message/mime/section.ts';
import {SectionReader} from '../../message/mime/section-reader.ts';
import {StructureScanner} from '../../message/mime/structure.ts';
import type {MailSession} from '../mail-session.ts';
import type {Partial} from './section.ts';
import {sendPlain, streamPlain, windowOf} from './stream-range.ts';

/** One message that is being answered. */
export interface OpenMessage {
  readonly uid: number;
  readonly reader: MessageReader;
  /** RFC822.SIZE, where it is known. */
  readonly size: number | undefined;
}

export type TakeBytes = (bytes: Buffer) => Promise<void> | void;

/** Up to here what has no size beforehand is held, beyond it is made twice. */
const HELD_BYTES = 1024 * 1024;

/** Sends a literal of a section; answers how long it was. */
export async function sendSection(
  session: MailSession,
  message: OpenMessage,
  section: Section,
  partial: Partial | undefined,
): Promise<number> {
  return await sendPlan(session, message, await sectionPlan(session, message, section), partial);
}

export async function sendPlan(
  session: MailSession,
  message: OpenMessage,
  plan: SectionPlan,
  partial: Partial | undefined,
): Promise<number> {
  const {out} = session.line;
  const mark = plan.isBinary ? '~' : '';
  const [only] = plan.stretches;
  if (plan.size !== undefined && plan.stretches.length === 1 && only?.serving.kind === 'plain')
    return await sendPlain(session, message, {offset: only.offset, size: only.size, virtualSize: plan.size}, partial);
  if (plan.size !== undefined) {
    const {start, length} = windowOf(plan.size, partial);
    out.text(`${mark}{${length}}\r\n`);
    await runPlan(session, message, plan, {start, length}, bytes => out.bytes(bytes));
    return length;
  }
  const held = await holdPlan(session, message, plan, partial);
  const length = held?.length ?? (await measurePlan(session, message, plan, partial));
  out.text(`${mark}{${length}}\r\n`);
  if (held !== undefined) out.bytes(held);
  else await runPlan(session, message, plan, partial, bytes => out.bytes(Buffer.from(bytes)));
  return length;
}

/** How many bytes an answer has. */
export async function measurePlan(
  session: MailSession,
  message: OpenMessage,
  plan: SectionPlan,
  partial: Partial | undefined,
): Promise<number> {
  if (plan.size !== undefined) return windowOf(plan.size, partial).length;
  let length = 0;
  await runPlan(session, message, plan, partial, bytes => {
    length += bytes.length;
  });
  return length;
}

/** undefined: too much to hold. */
async function holdPlan(
  session: MailSession,
  message: OpenMessage,
  plan: SectionPlan,
  partial: Partial | undefined,
): Promise<Buffer | undefined> {
  if (plan.stretches.reduce((sum, {size}) => sum + size, 0) > HELD_BYTES) return undefined;
  const pieces: Buffer[] = [];
  await runPlan(session, message, plan, partial, bytes => {
    pieces.push(Buffer.from(bytes));
  });
  return Buffer.concat(pieces);
}

/** A section as its bytes. */
export async function streamSection(
  session: MailSession,
  message: OpenMessage,
  section: Section,
  partial: Partial | undefined,
  take: TakeBytes,
): Promise<void> {
  const plan = await sectionPlan(session, message, section);
  const [only] = plan.stretches;
  if (plan.size === undefined || plan.stretches.length !== 1 || only?.serving.kind !== 'plain')
    return await runPlan(session, message, plan, partial, take);
  const {start, length} = windowOf(plan.size, partial);
  await streamPlain(
    session,
    message,
    {offset: only.offset, size: only.size, virtualSize: plan.size},
    start,
    length,
    take,
  );
}

async function runPlan(
  session: MailSession,
  {reader}: OpenMessage,
  plan: SectionPlan,
  partial: Partial | undefined,
  take: TakeBytes,
): Promise<void> {
  const window = partial === undefined ? undefined : {offset: partial.start, count: partial.length};
  const section = new SectionReader(plan, window);
  if (section.end > section.start)
    for await (const piece of reader.stream(section.start, section.end)) {
      const bytes = section.write(piece);
      if (bytes.length > 0) await take(bytes);
      const pause = session.line.breathe();
      if (pause !== undefined) await pause;
      if (section.isDone) return;
    }
  const rest = section.finish();
  if (rest.length > 0) await take(rest);
}

async function sectionPlan(session: MailSession, message: OpenMessage, section: Section): Promise<SectionPlan> {
  const {reader, size} = message;
  if (section.path.length > 0 || section.what !== 'all' || size === undefined)
    return planSection(await treeOf(session, message), section);
  const whole = {offset: 0, size: reader.sizeBytes, serving: {kind: 'plain'}} as const;
  return {stretches: [whole], size, isBinary: false};
}

/** The part tree of a message, read through once. */
export async function treeOf(session: MailSession, {uid, reader}: OpenMessage): Promise<MessagePart> {
  const kept = session.lastTree;
  if (kept?.uid === uid && kept.sizeBytes === reader.sizeBytes) return kept.tree;
  const scanner = new StructureScanner();
  for await (const piece of reader.stream()) {
    scanner.write(piece);
    const pause = session.line.breathe();
    if (pause !== undefined) await pause;
  }
  const tree = scanner.end();
  session.lastTree = {uid, sizeBytes: reader.sizeBytes, tree};
  return tree;
}
