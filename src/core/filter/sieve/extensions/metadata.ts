/** mboxmetadata and servermetadata (RFC 5490): annotations of mailboxes and of the server. */
import {checkMailboxName} from '../commands/mailbox-name.ts';
import type {Checker} from '../compile/checker.ts';
import type {Command, Extension, Use} from '../compile/language.ts';
import {checkMatching, MATCH_TAGS, type Matching} from '../compile/match-tags.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {RunFault} from '../run/fault.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch} from '../run/match.ts';
import type {Run} from '../run/run.ts';
import {TRACE_MATCHING, TRACE_TESTS} from '../run/trace.ts';

/** RFC 5464 section 3.2; undefined when the name will do. */
function nameFault(name: string): string | undefined {
  if (!name.startsWith('/')) return "entry name must begin with '/'";
  if (!/^\/(?:private|shared)(?:\/|$)/i.test(name)) return 'entry name must begin with /private or /shared';
  if (name.includes('*')) return "entry name can't contain '*'";
  if (name.includes('%')) return "entry name can't contain '%'";
  if (name.includes('//')) return "entry name can't contain consecutive '/'";
  return name.endsWith('/') ? "entry name can't end with '/'" : undefined;
}

function warnOfNames(checker: Checker, use: Use, names: readonly Text[]): void {
  for (const name of names) {
    const fault = isConstant(name) ? nameFault(name) : undefined;
    if (fault !== undefined)
      checker.warning(
        use.node,
        `${use.command.name} test: specified annotation name \`${String(name)}' is invalid: ${fault}`,
      );
  }
}

interface ValueOperation extends Operation, Matching {
  readonly op: 'metadata' | 'servermetadata';
  readonly mailbox: Text | undefined;
  readonly name: Text;
  readonly keys: readonly Text[];
}

interface ExistsOperation extends Operation {
  readonly op: 'metadataexists' | 'servermetadataexists';
  readonly mailbox: Text | undefined;
  readonly names: readonly Text[];
}

function takeMailbox(checker: Checker, use: Use): boolean {
  if (!checker.positional(use, 0, 'mailbox', 'string')) return false;
  const [mailbox = ''] = use.texts;
  const fault = isConstant(mailbox) ? checkMailboxName(mailbox) : undefined;
  if (fault !== undefined)
    checker.warning(
      use.node,
      `${use.command.name} test: invalid mailbox name \`${String(mailbox)}' specified: ${fault}`,
    );
  return true;
}

function valueTest(name: ValueOperation['op']): Command {
  const ofMailbox = name === 'metadata' ? 1 : 0;
  return {
    name,
    kind: 'test',
    positionals: 2 + ofMailbox,
    tags: MATCH_TAGS,
    check(checker, use) {
      if (ofMailbox === 1 && !takeMailbox(checker, use)) return false;
      if (!checker.positional(use, ofMailbox, 'annotation-name', 'string')) return false;
      warnOfNames(checker, use, use.texts.slice(ofMailbox));
      if (!checker.positional(use, 1 + ofMailbox, 'key list', 'string list')) return false;
      use.found = checkMatching(checker, use, use.lists[0] ?? []);
      return use.found !== undefined;
    },
    generate: (code, use) =>
      code.emit<ValueOperation>({
        op: name,
        mailbox: ofMailbox === 1 ? use.texts[0] : undefined,
        name: use.texts[ofMailbox] ?? '',
        keys: use.lists[0] ?? [],
        ...(use.found as Matching), // put there by check
      }),
  };
}

function existsTest(name: ExistsOperation['op']): Command {
  const ofMailbox = name === 'metadataexists' ? 1 : 0;
  return {
    name,
    kind: 'test',
    positionals: 1 + ofMailbox,
    check(checker, use) {
      if (ofMailbox === 1 && !takeMailbox(checker, use)) return false;
      if (!checker.positional(use, ofMailbox, 'annotation-names', 'string list')) return false;
      warnOfNames(checker, use, use.lists[0] ?? []);
      return true;
    },
    generate: (code, use) => code.emit<ExistsOperation>({op: name, mailbox: use.texts[0], names: use.lists[0] ?? []}),
  };
}

export const mboxmetadataExtension: Extension = {
  name: 'mboxmetadata',
  isOff: true,
  commands: [valueTest('metadata'), existsTest('metadataexists')],
};
export const servermetadataExtension: Extension = {
  name: 'servermetadata',
  isOff: true,
  commands: [valueTest('servermetadata'), existsTest('servermetadataexists')],
};

/** Undefined when there is no such annotation, or its name is none, which is warned of. */
async function annotation(
  run: Run,
  test: string,
  mailbox: string | undefined,
  name: string,
): Promise<string | undefined> {
  const fault = nameFault(name);
  if (fault !== undefined) {
    run.remark('warning', `${test} test: specified annotation name \`${name}' is invalid: ${fault}`);
    return undefined;
  }
  const where = mailbox === undefined ? 'server annotation' : 'annotation';
  if (test === 'metadata' || test === 'servermetadata')
    run.trace(
      TRACE_MATCHING,
      1,
      `retrieving ${where} \`${name}'${mailbox === undefined ? '' : ` from mailbox \`${mailbox}'`}`,
    );
  if (run.environment.metadata === undefined)
    throw new RunFault(`${test} test: failed to retrieve annotation \`${name}': mailbox attributes not enabled`);
  return run.environment.metadata(mailbox, name);
}

function valueOperation(name: ValueOperation['op']): ReturnType<typeof operationKind> {
  return operationKind<ValueOperation>(name, operation => {
    const match = linkMatch(operation, operation.keys);
    return async run => {
      run.trace(TRACE_TESTS, 0, `${name} test`);
      const mailbox = operation.mailbox === undefined ? undefined : run.text(operation.mailbox);
      const entry = run.text(operation.name);
      const value = await annotation(run, name, mailbox, entry);
      if (value !== undefined) run.test = match(run, name, [value], [entry]);
      else {
        run.test = false;
        run.tested(`${name} ${entry}`, run.texts(operation.keys), []);
      }
    };
  });
}

function existsOperation(name: ExistsOperation['op']): ReturnType<typeof operationKind> {
  return operationKind<ExistsOperation>(name, operation => async run => {
    run.trace(TRACE_TESTS, 0, `${name} test`);
    const mailbox = operation.mailbox === undefined ? undefined : run.text(operation.mailbox);
    run.trace(
      TRACE_MATCHING,
      1,
      mailbox === undefined ? 'checking server annotations' : `checking annotations of mailbox \`${mailbox}':`,
    );
    run.test = true;
    for (const entry of run.texts(operation.names)) {
      const isThere: boolean = (await annotation(run, name, mailbox, entry)) !== undefined;
      if (nameFault(entry) === undefined)
        run.trace(TRACE_MATCHING, 2, `annotation \`${entry}': ${isThere ? 'found' : 'not found'}`);
      run.test = isThere;
      if (!isThere) break;
    }
    run.trace(TRACE_MATCHING, 1, run.test ? 'all annotations exist' : 'some annotations do not exist');
    run.tested(name, run.texts(operation.names), []);
  });
}

export const metadataOperations = [
  valueOperation('metadata'),
  valueOperation('servermetadata'),
  existsOperation('metadataexists'),
  existsOperation('servermetadataexists'),
];
