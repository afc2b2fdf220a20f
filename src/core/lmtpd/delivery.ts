/**
 * One recipient's delivery, and the plain way to do it: into INBOX, or into the mailbox that the address's detail names. A filter (Sieve)
 * takes this function's place. What went wrong is thrown: `MailError`, or what the system said.
 */
import type {AuthLog} from '../account/auth/auth-log.ts';
import {MailError} from '../mailbox/mail-error.ts';
import type {MailStore} from '../mailbox/mail-store.ts';
import {deliveryLine} from './delivery-log.ts';
import type {LmtpRecipient} from './recipient.ts';
import type {LmtpSettings} from './lmtp-settings.ts';

export interface LmtpDelivery {
  readonly recipient: LmtpRecipient;
  readonly store: MailStore;
  /** Envelope sender; '' for the null one. */
  readonly sender: string;
  /** The message with its trace headers, CRLF or LF as it came; may be read more than once. */
  readonly content: () => AsyncIterable<Buffer>;
  /** The first 64 KiB of the message without them. */
  readonly head: string;
  /** Of the message with them: as it came, and with every line end as LF or CRLF. */
  readonly sizes: {readonly received: number; readonly physical: number; readonly virtual: number};
  /** Who it says it is for (lmtp_hdr_delivery_address). */
  readonly envelopeTo: string;
  readonly settings: LmtpSettings;
  readonly log: AuthLog;
}

export type DeliverLmtp = (delivery: LmtpDelivery) => Promise<void>;

/** On disk when it comes back. */
export const deliverPlainly: DeliverLmtp = async delivery => {
  const {recipient, settings} = delivery;
  const {detail} = recipient;
  const wanted = settings.savesToDetailMailbox && detail !== '' ? detail : 'INBOX';
  try {
    await saveInto(delivery, wanted);
  } catch (fault) {
    if (wanted === 'INBOX' || !isOfMailbox(fault)) throw fault;
    await saveInto(delivery, 'INBOX');
  }
};

/** The mailbox, not the mail, is to blame. */
function isOfMailbox(fault: unknown): boolean {
  return fault instanceof MailError && ['nonexistent', 'invalid-name', 'permission', 'cannot'].includes(fault.code);
}

async function saveInto(delivery: LmtpDelivery, mailbox: string): Promise<void> {
  const {log} = delivery;
  let stage = `save failed to open mailbox ${mailbox}`;
  try {
    const batch = await openBatch(delivery, mailbox);
    stage = `save failed to ${mailbox}`;
    try {
      const sink = await batch.add({});
      for await (const piece of delivery.content()) await sink.write(piece);
      await sink.finish();
    } catch (fault) {
      await batch.abort();
      throw fault;
    }
    await batch.commit();
  } catch (fault) {
    log.info(deliveryLine(delivery, `${stage}: ${textOf(fault)}`, delivery.sizes.received));
    throw fault;
  }
  log.info(deliveryLine(delivery, `saved mail to ${mailbox}`, delivery.sizes.physical));
}

async function openBatch(
  {store, settings}: LmtpDelivery,
  mailbox: string,
): Promise<Awaited<ReturnType<MailStore['save']>>> {
  try {
    return await store.save(mailbox);
  } catch (fault) {
    if (!settings.createsMailboxes || !(fault instanceof MailError) || fault.code !== 'nonexistent') throw fault;
    await store.create(mailbox);
    if (settings.subscribesMailboxes) await store.subscribe(mailbox);
    return await store.save(mailbox);
  }
}

function textOf(fault: unknown): string {
  return fault instanceof MailError
    ? fault.message
    : 'Internal error occurred. Refer to server log for more information.';
}
