/** The registry of extensions, in the order in which they are announced; a new one is one line here. */
import type {Command, Extension} from '../compile/language.ts';
import {actionOperations, discardCommand, keepCommand, redirectCommand} from '../commands/actions.ts';
import {
  controlOperations,
  elseCommand,
  elsifCommand,
  ifCommand,
  requireCommand,
  stopCommand,
} from '../commands/control.ts';
import {addressTest, existsTest, headerOperations, headerTest} from '../commands/header-tests.ts';
import {allofTest, anyofTest, falseTest, notTest, trueTest} from '../commands/logic.ts';
import {sizeOperation, sizeTest} from '../commands/size.ts';
import type {OperationKind} from '../run/link.ts';
import {bodyExtension, bodyOperation} from './body.ts';
import {dateExtension, dateOperations} from './date.ts';
import {duplicateExtension, duplicateOperation} from './duplicate.ts';
import {enotifyExtension, enotifyOperations} from './enotify.ts';
import {envelopeExtension, envelopeOperation} from './envelope.ts';
import {environmentExtension, environmentOperation} from './environment.ts';
import {fileintoExtension, fileintoOperation} from './fileinto.ts';
import {flagOperations, imap4flagsExtension, imapflagsExtension} from './imap4flags.ts';
import {ihaveExtension, ihaveOperations} from './ihave.ts';
import {includeExtension, includeOperations} from './include.ts';
import {indexExtension} from './index-tag.ts';
import {mailboxExtension, mailboxIdExtension, mailboxOperations, specialUseExtension} from './mailbox.ts';
import {extracttextExtension, foreverypartExtension, mimeExtension, mimeOperations} from './mime.ts';
import {erejectExtension, rejectExtension, rejectOperation} from './reject.ts';
import {
  COMPARATOR_EXTENSIONS,
  copyExtension,
  encodedCharacterExtension,
  regexExtension,
  relationalExtension,
  subaddressExtension,
} from './simple.ts';
import {variablesExtension, variablesOperations} from './variables.ts';
import {vacationExtension, vacationOperation, vacationSecondsExtension} from './vacation.ts';
import {BEYOND, beyondOperations} from './beyond.ts';
import {editheaderExtension, editheaderOperations} from './editheader.ts';
import {dovecotImapsieveExtension, imapsieveExtension} from './imapsieve.ts';
import {mboxmetadataExtension, metadataOperations, servermetadataExtension} from './metadata.ts';
import {oldNotifyExtension, oldNotifyOperations} from './old-notify.ts';
import {calendarOperation} from './process-calendar.ts';
import {PROGRAM_EXTENSIONS, programOperations} from './programs.ts';
import {scoreOperations, spamtestExtension, spamtestplusExtension, virustestExtension} from './spamtest.ts';
import {debugExtension, dovecotEnvironmentExtension, dovecotOperations, reportExtension} from './vnd-dovecot.ts';

export const CORE: readonly Command[] = [
  ifCommand,
  elsifCommand,
  elseCommand,
  requireCommand,
  stopCommand,
  keepCommand,
  discardCommand,
  redirectCommand,
  headerTest,
  addressTest,
  existsTest,
  sizeTest,
  allofTest,
  anyofTest,
  notTest,
  trueTest,
  falseTest,
];

export const EXTENSIONS: readonly Extension[] = [
  fileintoExtension,
  rejectExtension,
  envelopeExtension,
  encodedCharacterExtension,
  vacationExtension,
  subaddressExtension,
  ...COMPARATOR_EXTENSIONS,
  relationalExtension,
  regexExtension,
  imap4flagsExtension,
  copyExtension,
  includeExtension,
  variablesExtension,
  bodyExtension,
  enotifyExtension,
  environmentExtension,
  mailboxExtension,
  dateExtension,
  indexExtension,
  ihaveExtension,
  duplicateExtension,
  mimeExtension,
  foreverypartExtension,
  extracttextExtension,
  vacationSecondsExtension,
  specialUseExtension,
  imapflagsExtension,
  oldNotifyExtension,
  spamtestExtension,
  spamtestplusExtension,
  virustestExtension,
  editheaderExtension,
  mboxmetadataExtension,
  servermetadataExtension,
  debugExtension,
  dovecotEnvironmentExtension,
  reportExtension,
  ...PROGRAM_EXTENSIONS,
  imapsieveExtension,
  dovecotImapsieveExtension,
  erejectExtension,
  mailboxIdExtension,
  ...BEYOND,
];

const KINDS: readonly OperationKind[] = [
  ...controlOperations,
  ...actionOperations,
  ...headerOperations,
  sizeOperation,
  fileintoOperation,
  rejectOperation,
  envelopeOperation,
  ...variablesOperations,
  ...flagOperations,
  ...mailboxOperations,
  bodyOperation,
  vacationOperation,
  ...dateOperations,
  duplicateOperation,
  ...enotifyOperations,
  environmentOperation,
  ...ihaveOperations,
  ...includeOperations,
  ...mimeOperations,
  ...editheaderOperations,
  ...scoreOperations,
  ...metadataOperations,
  ...dovecotOperations,
  ...programOperations,
  ...oldNotifyOperations,
  ...beyondOperations,
  calendarOperation,
];

export const operationKinds: ReadonlyMap<string, OperationKind> = new Map(KINDS.map(kind => [kind.name, kind]));
