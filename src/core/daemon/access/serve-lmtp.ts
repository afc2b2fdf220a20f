/** LMTP for one client: mail for our users, through their Sieve scripts where mail_plugins has `sieve`. */
import {deliverMail} from '../../delivery/sieve/deliver.ts';
import type {DeliveredMessage} from '../../delivery/sieve/stored-message.ts';
import {type DeliverLmtp, deliverPlainly, type LmtpDelivery} from '../../lmtpd/delivery.ts';
import {LmtpSession} from '../../lmtpd/lmtp-session.ts';
import {dovecotLmtpSettings} from '../../lmtpd/lmtp-settings.ts';
import {UserConcurrency} from '../../lmtpd/user-concurrency.ts';
import {deliveryUser} from './delivery-user.ts';
import type {MailAccess} from './mail-access.ts';
import type {ServedClient} from './served-client.ts';

/** Of this process. */
const concurrency = new UserConcurrency();

/** Resolves when the client is gone. */
export async function serveLmtp(served: ServedClient): Promise<void> {
  const {client, settings, parts} = served;
  const {access, log} = parts;
  const usesSieve = settings.get('mail_plugins').split(' ').includes('sieve');
  const session = new LmtpSession({
    stream: client.stream,
    settings: dovecotLmtpSettings(settings, access.hostName),
    connection: served.saslConnection(),
    lookupUser: (user, connection) => access.lookupUser(user, connection),
    openStore: user => access.openStoreOf(user, 'lmtp'),
    upgrade: served.hasTls
      ? async () => {
          await served.startTls();
          return {stream: client.stream, tls: client.tls?.getProtocol() ?? ''};
        }
      : undefined,
    concurrency,
    deliver: usesSieve ? filtered(access, served) : deliverPlainly,
    log: log.as(`lmtp(${process.pid})`),
    userLog: (username, sessionId) => log.as(`lmtp(${username})<${process.pid}><${sessionId}>`),
  });
  served.end = () => session.end();
  await session.run();
}

function filtered(access: MailAccess, served: ServedClient): DeliverLmtp {
  return async delivery => {
    const {recipient, store, sender, settings} = delivery;
    const defaultMailbox = settings.savesToDetailMailbox && recipient.detail !== '' ? recipient.detail : 'INBOX';
    const log = served.parts.log.as(`lmtp(${recipient.username})<${process.pid}><${recipient.sessionId}>`);
    const user = deliveryUser({access, record: recipient.user, store, protocol: 'lmtp', log, defaultMailbox});
    const envelope = {sender, recipient: recipient.address, originalRecipient: recipient.original ?? recipient.address};
    await deliverMail(user, envelope, messageOf(delivery));
  };
}

function messageOf({content, sizes}: LmtpDelivery): DeliveredMessage {
  return {
    sizeBytes: sizes.received,
    async read(offset, length) {
      const pieces: Buffer[] = [];
      let have = 0;
      for await (const piece of content()) {
        pieces.push(piece);
        have += piece.length;
        if (have >= offset + length) break;
      }
      return Buffer.concat(pieces).subarray(offset, offset + length);
    },
    stream: () => content(),
  };
}
