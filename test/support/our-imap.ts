/** Our IMAP session over a Maildir of its own, spoken to through streams; logged in already, or not. */
import {Duplex, PassThrough} from 'node:stream';
import {systemClock} from '../../src/core/base/clock.ts';
import {imapDefaults, type ImapSettings} from '../../src/core/imap/imap-settings.ts';
import {ImapSession, type ImapSessionOptions} from '../../src/core/imap/imap-session.ts';
import {StreamWire} from '../../src/core/net/stream-wire.ts';
import {Log, type LogRecord} from '../../src/core/log/log.ts';
import type {MailStore} from '../../src/core/mailbox/mail-store.ts';
import {openStore} from '../../src/core/mailbox/open-store.ts';
import type {StoreSettings} from '../../src/core/mailbox/store-settings.ts';
import {storeSettings} from './mail-home.ts';

export interface OurImap {
  readonly input: PassThrough;
  readonly output: PassThrough;
  readonly session: ImapSession;
  readonly done: Promise<void>;
  readonly log: LogRecord[];
}

export function startOurImap(
  open: () => Promise<MailStore>,
  settings: Partial<ImapSettings> = {},
  more: Partial<ImapSessionOptions> = {},
): OurImap {
  const input = new PassThrough();
  const output = new PassThrough();
  const records: LogRecord[] = [];
  const log = new Log('imap', {write: record => void records.push(record)});
  const session = new ImapSession({
    wire: new StreamWire(Duplex.from({readable: input, writable: output})),
    settings: {...imapDefaults, ...settings},
    username: 'u',
    openStore: open,
    loginLog: log,
    sessionLog: () => log,
    clock: systemClock,
    ...more,
  });
  return {input, output, session, done: session.run(), log: records};
}

/** A Maildir below `home` with the mailboxes the comparison's configuration has. */
export function openTestStore(home: string, changes: Partial<StoreSettings> = {}): Promise<MailStore> {
  const box = (name: string, use: string, auto: 'no' | 'create'): StoreSettings['namespaces'][0]['mailboxes'][0] => ({
    name,
    specialUse: [use],
    auto,
  });
  return openStore(
    storeSettings(home, {
      user: 'u',
      location: `maildir:${home}/Maildir`,
      namespaces: [
        {
          type: 'private',
          prefix: '',
          separator: '/',
          inbox: true,
          hidden: false,
          list: 'yes',
          subscriptions: true,
          location: '',
          mailboxes: [box('Drafts', '\\Drafts', 'no'), box('Sent', '\\Sent', 'no'), box('Trash', '\\Trash', 'create')],
        },
      ],
      attributeFile: `${home}/attributes`,
      hostName: 'vm',
      ...changes,
    }),
  );
}
