/**
 * What the server says it can, before and after the login (RFC 3501 section 7.2.1). Names and order are Dovecot's; what
 * is not listed here is not announced.
 */
import type {SaslMechanism} from '../account/sasl/sasl.ts';
import type {ImapSettings} from './imap-settings.ts';

const BASE = 'IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE';
const MAIL =
  'SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT ' +
  'CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH ' +
  'LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE';

export interface LoginState {
  readonly canStartTls: boolean;
  /** Plaintext mechanisms and LOGIN are refused here. */
  readonly isPlaintextDisabled: boolean;
  readonly mechanisms: readonly SaslMechanism[];
}

export function loginCapability(settings: ImapSettings, state: LoginState): string {
  let text = `${base(settings)} ${literal(settings)}`;
  if (state.canStartTls) text += ' STARTTLS';
  if (state.isPlaintextDisabled) text += ' LOGINDISABLED';
  for (const {name, isPlaintext} of state.mechanisms)
    if (!isPlaintext || !state.isPlaintextDisabled) text += ` AUTH=${name}`;
  return text;
}

export function capability(settings: ImapSettings): string {
  const {capability: configured} = settings;
  if (configured !== '' && !configured.startsWith('+')) return configured;
  const added = configured === '' ? '' : ` ${configured.slice(1).trim()}`;
  let text = `${BASE} ${MAIL}${added} ${literal(settings)} NOTIFY`;
  if (settings.hasMetadata) text += ' METADATA';
  if (settings.hasMailboxSections) text += ' SPECIAL-USE';
  if (settings.hasCompression) text += ' COMPRESS=DEFLATE';
  if (settings.hasQuota) text += ' QUOTA';
  if (settings.sieveUrl !== '') text += ` IMAPSIEVE=${settings.sieveUrl}`;
  return text;
}

function base(settings: ImapSettings): string {
  const {capability: configured} = settings;
  return configured !== '' && !configured.startsWith('+') ? configured : BASE;
}

function literal(settings: ImapSettings): string {
  return settings.isLiteralMinus ? 'LITERAL-' : 'LITERAL+';
}
