/**
 * LIST (RFC 3501 section 6.3.8), extended (RFC 5258), with STATUS (RFC 5819) and SPECIAL-USE (RFC 6154). Without any
 * option Dovecot answers what clients of old expect: children, special uses, `\Noselect`.
 */
import type {ListedMailbox} from '../../mailbox/mail-store.ts';
import {type Arguments, fail} from '../argument.ts';
import {imapCommand} from '../command.ts';
import {astring, quoted} from '../imap-string.ts';
import {isInbox, namespaceOf, wireName} from '../mailbox-name.ts';
import type {MailSession} from '../mail-session.ts';
import {fromMutf7} from '../../mailbox/mutf7.ts';
import {expectStatusItems, sendStatus, type StatusItem} from '../status-items.ts';

interface ListOptions {
  selectsSubscribed: boolean;
  isRecursive: boolean;
  selectsSpecialUse: boolean;
  returnsSubscribed: boolean;
  returnsChildren: boolean;
  returnsSpecialUse: boolean;
  status: readonly StatusItem[] | undefined;
}

interface ListCommand {
  readonly reference: string;
  readonly patterns: readonly string[];
  readonly options: ListOptions;
  readonly isExtended: boolean;
}

export const list = imapCommand({
  name: 'LIST',
  parse: parseList,
  async run(session, command) {
    const [first = ''] = command.patterns;
    if (command.patterns.length === 1 && first === '') {
      if (!command.isExtended) tellRoot(session, command.reference);
      return 'OK List completed.';
    }
    await tellMailboxes(session, command);
    return 'OK List completed.';
  },
});

/** XLIST of Gmail is LIST to Dovecot. */
export const xlist = {...list, name: 'XLIST'};

function parseList(args: Arguments): ListCommand {
  const options = noOptions();
  const select = args.takeList();
  if (select !== undefined) parseSelection(select, options);
  const reference = args.expectString('Invalid reference.');
  const many = args.takeList();
  const patterns = many === undefined ? [args.expectString('Invalid pattern.')] : allPatterns(many);
  let isExtended = select !== undefined || many !== undefined;
  if (args.takeWord('RETURN')) {
    parseReturn(args.takeList() ?? fail('Extra arguments.'), options);
    isExtended = true;
  }
  if (!args.isAtEnd) fail('Extra arguments.');
  if (!isExtended) options.returnsChildren = options.returnsSpecialUse = true;
  return {reference, patterns, options, isExtended};
}

function allPatterns(args: Arguments): string[] {
  const patterns: string[] = [];
  while (!args.isAtEnd) patterns.push(args.expectString('Invalid pattern list.'));
  return patterns;
}

function parseSelection(args: Arguments, options: ListOptions): void {
  while (!args.isAtEnd) {
    if (args.takeWord('SUBSCRIBED')) options.selectsSubscribed = options.returnsSubscribed = true;
    else if (args.takeWord('RECURSIVEMATCH')) options.isRecursive = true;
    else if (args.takeWord('SPECIAL-USE')) options.selectsSpecialUse = options.returnsSpecialUse = true;
    else if (!args.takeWord('REMOTE')) fail('Unknown select options');
  }
  if (options.isRecursive && !options.selectsSubscribed) fail('RECURSIVEMATCH must not be the only selection.');
}

function parseReturn(args: Arguments, options: ListOptions): void {
  while (!args.isAtEnd) {
    if (args.takeWord('SUBSCRIBED')) options.returnsSubscribed = true;
    else if (args.takeWord('CHILDREN')) options.returnsChildren = true;
    else if (args.takeWord('SPECIAL-USE')) options.returnsSpecialUse = true;
    else if (args.takeWord('STATUS')) options.status = expectStatusItems(args.takeList() ?? fail(UNKNOWN_RETURN));
    else fail(UNKNOWN_RETURN);
  }
}

const UNKNOWN_RETURN = 'Unknown return options';

function noOptions(): ListOptions {
  return {
    selectsSubscribed: false,
    isRecursive: false,
    selectsSpecialUse: false,
    returnsSubscribed: false,
    returnsChildren: false,
    returnsSpecialUse: false,
    status: undefined,
  };
}

/** `LIST "" ""`: the separator, and where the reference's hierarchy begins. */
function tellRoot(session: MailSession, reference: string): void {
  const {separator, prefix} = namespaceOf(session, reference);
  const at = reference.indexOf(separator);
  const root = prefix !== '' && reference.startsWith(prefix) ? prefix : at < 0 ? '' : reference.slice(0, at + 1);
  session.line.out.line(`* LIST (\\Noselect) ${quoted(separator)} ${astring(root)}`);
}

async function tellMailboxes(
  session: MailSession,
  {reference, patterns, options, isExtended}: ListCommand,
): Promise<void> {
  const joined = joinPatterns(session, reference, patterns);
  if (joined.length === 0) return;
  const mailboxes = await session.store.list({
    patterns: joined,
    onlySubscribed: options.selectsSubscribed,
    withSubscribedParents: options.isRecursive,
    onlySpecialUse: options.selectsSpecialUse,
  });
  for (const mailbox of options.isRecursive ? withoutIdleParents(mailboxes) : mailboxes) {
    const name = wireName(mailbox.name);
    const attributes = attributesOf(mailbox, options, isExtended).join(' ');
    const isParent = options.isRecursive && mailbox.hasSubscribedChild && !mailbox.isSubscribed;
    const extra = isParent ? ' (CHILDINFO ("SUBSCRIBED"))' : '';
    session.line.out.line(`* LIST (${attributes}) ${quoted(mailbox.separator)} ${name}${extra}`);
    if (options.status !== undefined && mailbox.isSelectable && mailbox.exists)
      await sendStatus(session, mailbox.name, name, options.status);
    const pause = session.line.breathe();
    if (pause !== undefined) await pause;
  }
}

function attributesOf(mailbox: ListedMailbox, options: ListOptions, isExtended: boolean): string[] {
  const attributes: string[] = [];
  if (options.returnsSubscribed && mailbox.isSubscribed) attributes.push('\\Subscribed');
  if (!mailbox.exists) attributes.push(isExtended ? '\\NonExistent' : '\\Noselect');
  else if (!mailbox.isSelectable) attributes.push('\\Noselect');
  if (!mailbox.canHaveChildren) attributes.push('\\Noinferiors');
  else if (options.returnsChildren) attributes.push(mailbox.hasChildren ? '\\HasChildren' : '\\HasNoChildren');
  if (options.returnsSpecialUse) attributes.push(...mailbox.specialUse);
  return attributes;
}

/** Patterns that are no modified UTF-7 match nothing. */
export function joinPatterns(session: MailSession, reference: string, patterns: readonly string[]): string[] {
  const {separator} = namespaceOf(session, reference);
  const joined: string[] = [];
  for (const pattern of patterns) {
    // An absolute pattern leaves the reference (RFC 3501 section 6.3.8).
    const whole = pattern.startsWith(separator) ? pattern : reference + pattern;
    const decoded = fromMutf7(whole);
    if (decoded !== undefined && pattern !== '') joined.push(withInbox(decoded, separator));
  }
  return joined;
}

/** INBOX is found in any case, also before a wildcard. */
function withInbox(pattern: string, separator: string): string {
  const next = pattern.charAt(5);
  const isInboxPattern = isInbox(pattern.slice(0, 5)) && ['', '*', '%', separator].includes(next);
  return isInboxPattern ? `INBOX${pattern.slice(5)}` : pattern;
}

/** A parent is shown for the sake of children that are not: where they are, it isn't. */
export function withoutIdleParents(mailboxes: readonly ListedMailbox[]): readonly ListedMailbox[] {
  const parents = new Set<string>();
  for (const {name, separator, isSubscribed} of mailboxes) {
    if (!isSubscribed) continue;
    for (let at = name.lastIndexOf(separator); at > 0; at = name.lastIndexOf(separator, at - 1))
      parents.add(name.slice(0, at));
  }
  return mailboxes.filter(one => one.isSubscribed || !one.hasSubscribedChild || !parents.has(one.name));
}
