/** BINARY[...] and BINARY.SIZE[...] (RFC 3516): parts with their encoding undone. */
import {Refusal} from '../../base/errors.ts';
import {planBinary, type Section, type SectionPlan} from '../../message/mime/section.ts';
import type {MailSession} from '../mail-session.ts';
import type {FetchItem} from './fetch-item.ts';
import {measurePlan, type OpenMessage, sendPlan, sendSection, treeOf} from './section-bytes.ts';

/** Throws before anything is said when an encoding is unknown. */
export async function checkBinary(
  session: MailSession,
  message: OpenMessage,
  items: readonly FetchItem[],
): Promise<void> {
  for (const item of items) {
    const section =
      item.kind === 'binary' ? item.named.section : item.kind === 'binary-size' ? item.section : undefined;
    if (section?.what === 'all') await binaryPlan(session, message, section);
  }
}

export async function sendBinary(
  session: MailSession,
  message: OpenMessage,
  {label, named}: Extract<FetchItem, {kind: 'binary'}>,
): Promise<void> {
  const {section, partial} = named;
  session.line.out.text(`${label} `);
  if (section.what !== 'all') return void (await sendSection(session, message, section, partial)); // seen: as BODY[...]
  await sendPlan(session, message, await binaryPlan(session, message, section), partial);
}

export async function sendBinarySize(
  session: MailSession,
  message: OpenMessage,
  {label, section}: Extract<FetchItem, {kind: 'binary-size'}>,
): Promise<void> {
  const plan = await binaryPlan(session, message, section);
  session.line.out.text(`${label} ${await measurePlan(session, message, plan, undefined)}`);
}

async function binaryPlan(session: MailSession, message: OpenMessage, section: Section): Promise<SectionPlan> {
  const plan = planBinary(await treeOf(session, message), section.path);
  if (plan === undefined) throw new Refusal('UNKNOWN-CTE', 'Unknown content transfer encoding');
  return plan;
}
