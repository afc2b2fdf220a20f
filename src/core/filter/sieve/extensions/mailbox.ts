/** mailbox (RFC 5490 section 3): mailboxexists and :create; special-use (RFC 8579); mailboxid (RFC 9042). */
import {checkMailboxName} from '../commands/mailbox-name.ts';
import {type Command, type Extension, plainTag, tagGroup} from '../compile/language.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {describeArgument} from '../compile/tree.ts';
import {operationKind} from '../run/link.ts';
import {traceText} from '../run/match.ts';
import type {Run} from '../run/run.ts';
import {TRACE_MATCHING, TRACE_TESTS} from '../run/trace.ts';

interface ExistsOperation extends Operation {
  readonly op: 'mailboxexists' | 'mailboxidexists';
  readonly names: readonly Text[];
}

function existsTest(name: ExistsOperation['op'], what: string): Command {
  return {
    name,
    kind: 'test',
    positionals: 1,
    check(checker, use) {
      if (!checker.positional(use, 0, what, 'string list')) return false;
      for (const mailbox of name === 'mailboxexists' ? (use.lists[0] ?? []) : []) {
        const fault = isConstant(mailbox) && mailbox !== '' ? checkMailboxName(mailbox) : undefined;
        if (fault !== undefined)
          checker.warning(use.node, `${name} test: invalid mailbox name \`${String(mailbox)}' specified: ${fault}`);
      }
      return true;
    },
    generate: (code, use) => code.emit<ExistsOperation>({op: name, names: use.lists[0] ?? []}),
  };
}

export const mailboxExtension: Extension = {
  name: 'mailbox',
  commands: [existsTest('mailboxexists', 'mailbox-names')],
  tags: [['fileinto', plainTag('create')]],
};

export const mailboxIdExtension: Extension = {
  name: 'mailboxid',
  commands: [existsTest('mailboxidexists', 'mailbox-ids')],
  tags: [['fileinto', plainTag('mailboxid', 'string')]],
};

async function allExist(run: Run, names: readonly string[]): Promise<boolean> {
  for (const name of names) {
    const isThere = (await run.environment.mailboxExists?.(name)) ?? false;
    run.trace(
      TRACE_MATCHING,
      1,
      isThere ? `mailbox \`${traceText(name)}' exists` : `mailbox \`${traceText(name)}' cannot be opened`,
    );
    if (!isThere) return false;
  }
  return true;
}

interface SpecialUseOperation extends Operation {
  readonly op: 'specialuse_exists';
  readonly mailbox: Text | undefined;
  readonly flags: readonly Text[];
}

/** RFC 6154: a backslash, then an atom. */
function isSpecialUseFlag(flag: string): boolean {
  return /^\\[A-Za-z][A-Za-z0-9!#$&'*+\-/=?^_`{|}~.]*$/.test(flag);
}

const specialUseTag = tagGroup({
  name: 'specialuse',
  parameter: 'string',
  check(checker, _use, {text = '', place}) {
    if (!isConstant(text) || isSpecialUseFlag(text)) return true;
    return checker.error(place, `specialuse tag: invalid special-use flag \`${text}' specified`);
  },
});

const specialUseExists: Command = {
  name: 'specialuse_exists',
  kind: 'test',
  check(checker, use) {
    const [first, second, third] = use.positionals;
    const what = 'the specialuse_exists test';
    if (first === undefined)
      return checker.error(use.node, `${what} expects at least one argument, but none was found`);
    if (third !== undefined)
      return checker.error(
        use.node,
        `${what} requires 2 positional argument(s), but ${use.positionals.length} is/are specified`,
      );
    if (first.kind !== 'string' && first.kind !== 'list')
      return checker.error(
        first,
        `${what} expects either a string (mailbox) or a string-list (special-use flags) as first argument, but ${describeArgument(first)} was found`,
      );
    if (second !== undefined && first.kind !== 'string')
      return checker.error(
        first,
        `if a second argument is specified for ${what}, the first must be a string (mailbox), but ${describeArgument(first)} was found`,
      );
    if (second !== undefined && !checker.take(first, 'string', use)) return false;
    const flags = second ?? first;
    if (!checker.take(flags, 'string list', use))
      return checker.error(
        flags,
        `${what} expects a string list (special-use flags) as second argument when two arguments are specified, but ${describeArgument(flags)} was found`,
      );
    const bad = use.lists[0]?.find(flag => isConstant(flag) && !isSpecialUseFlag(flag));
    return (
      bad === undefined ||
      checker.error(flags, `specialuse_exists test: invalid special-use flag \`${String(bad)}' specified`)
    );
  },
  generate: (code, use) =>
    code.emit<SpecialUseOperation>({op: 'specialuse_exists', mailbox: use.texts[0], flags: use.lists[0] ?? []}),
};

export const specialUseExtension: Extension = {
  name: 'special-use',
  isOff: true,
  commands: [specialUseExists],
  tags: [['fileinto', specialUseTag]],
};

export const mailboxOperations = [
  operationKind<ExistsOperation>('mailboxexists', ({names}) => async run => {
    run.trace(TRACE_TESTS, 0, 'mailboxexists test');
    if (run.environment.mailboxExists === undefined) {
      run.trace(TRACE_MATCHING, 1, 'no mail user; yield true');
      run.test = true;
      return;
    }
    run.test = await allExist(run, run.texts(names));
    run.trace(TRACE_MATCHING, 1, run.test ? 'all mailboxes are available' : 'some mailboxes are unavailable');
    run.tested('mailboxexists', run.texts(names), []);
  }),
  operationKind<ExistsOperation>('mailboxidexists', ({names}) => async run => {
    run.trace(TRACE_TESTS, 0, 'mailboxidexists test');
    run.test = true;
    for (const id of run.texts(names)) run.test &&= (await run.environment.mailboxIdExists?.(id)) ?? false;
    run.tested('mailboxidexists', run.texts(names), []);
  }),
  operationKind<SpecialUseOperation>('specialuse_exists', ({mailbox, flags}) => async run => {
    run.trace(TRACE_TESTS, 0, 'specialuse_exists test');
    const name = mailbox === undefined ? undefined : run.text(mailbox);
    run.test = true;
    for (const flag of run.texts(flags)) {
      const isThere: boolean = (await run.environment.specialUseExists?.(name, flag)) ?? false;
      if (isThere) run.trace(TRACE_MATCHING, 1, `special-use flag \`${flag}' exists`);
      run.test &&= isThere;
    }
    run.trace(TRACE_MATCHING, 1, run.test ? 'all special-use flags are set' : 'some special-use are not set');
    run.tested(`specialuse_exists${name === undefined ? '' : ` ${name}`}`, run.texts(flags), []);
  }),
];
