/** enotify (RFC 5435) with the mailto method (RFC 5436). */
import {type FccOperands, readFcc, takeFcc} from '../commands/fcc.ts';
import type {Checker} from '../compile/checker.ts';
import {type Command, type Extension, findTag, plainTag, type Tag, tagGroup, type Use} from '../compile/language.ts';
import {checkMatching, MATCH_TAGS, type Matching} from '../compile/match-tags.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {describeArgument, type Place} from '../compile/tree.ts';
import {type MailtoUri, parseMailto} from '../message/mailto-uri.ts';
import {parseSingleAddress} from '../message/single-address.ts';
import {RunFault} from '../run/fault.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch, traceText} from '../run/match.ts';
import type {Run} from '../run/run.ts';
import {TRACE_ACTIONS, TRACE_MATCHING, TRACE_TESTS} from '../run/trace.ts';

interface NotifyOperation extends Operation, FccOperands {
  readonly op: 'notify';
  readonly uri: Text;
  readonly message: Text | undefined;
  readonly from: Text | undefined;
  readonly importance: Text;
}

const importanceTag: Tag = {
  name: 'importance',
  takes(checker, use, tagUse, parameter) {
    const {name} = use.command;
    if (parameter?.kind !== 'string') {
      const what = parameter === undefined ? 'no parameters were' : `${describeArgument(parameter)} was`;
      return checker.error(
        tagUse.place,
        `the :importance tag for the ${name} command requires a string parameter, but ${what} found`,
      );
    }
    if (!/^[123]$/.test(parameter.text))
      return checker.error(parameter, `invalid :importance value for notify command: ${parameter.text}`);
    tagUse.text = parameter.text;
    return true;
  },
};

/** The method a URI names; undefined after an error. */
function checkUri(checker: Checker, use: Use, place: Place, uri: Text): boolean {
  if (!isConstant(uri)) return true;
  const scheme = schemeOf(uri);
  if (scheme === undefined) return checker.error(place, `notify command: invalid scheme part for method URI '${uri}'`);
  if (scheme !== 'mailto') return checker.error(place, `notify command: invalid method '${scheme}'`);
  const {fault, warnings} = parseMailto(uri);
  for (const warning of warnings) checker.warning(place, `notify command: mailto URI: ${warning}`);
  if (fault !== undefined) return checker.error(place, `notify command: mailto URI: ${fault}`);
  return checkFrom(checker, use) && checkOptions(checker, use);
}

function checkFrom(checker: Checker, use: Use): boolean {
  const from = findTag(use, 'from');
  const fault = from?.text !== undefined && isConstant(from.text) ? parseSingleAddress(from.text).fault : undefined;
  if (from === undefined || fault === undefined) return true;
  return checker.error(
    from.place,
    `notify command: specified :from address '${String(from.text)}' is invalid for the mailto method: ${fault}`,
  );
}

function checkOptions(checker: Checker, use: Use): boolean {
  const options = findTag(use, 'options');
  if (options === undefined) return true;
  for (const option of options.texts ?? []) {
    if (isConstant(option) && !/^[A-Za-z0-9][A-Za-z0-9._-]*=/.test(option))
      return checker.error(options.place, `notify command: invalid option name specified in option '${option}'`);
    checker.warning(options.place, "notify command: method 'mailto' accepts no options");
  }
  return true;
}

/** RFC 3986 section 3.1. */
function schemeOf(uri: string): string | undefined {
  return /^([A-Za-z][A-Za-z0-9+.-]{0,63}):/.exec(uri)?.[1]?.toLowerCase();
}

const notifyCommand: Command = {
  name: 'notify',
  kind: 'command',
  positionals: 1,
  tags: [
    plainTag('from', 'string'),
    tagGroup(importanceTag),
    plainTag('options', 'string list'),
    plainTag('message', 'string'),
  ],
  check(checker, use) {
    if (!checker.positional(use, 0, 'method', 'string')) return false;
    return checkUri(checker, use, use.positionals[0] ?? use.node, use.texts[0] ?? '');
  },
  generate: (code, use) =>
    code.emit<NotifyOperation>({
      op: 'notify',
      uri: use.texts[0] ?? '',
      message: findTag(use, 'message')?.text,
      from: findTag(use, 'from')?.text,
      importance: findTag(use, 'importance')?.text ?? '2',
      ...takeFcc(use),
    }),
};

interface ValidOperation extends Operation {
  readonly op: 'valid_notify_method';
  readonly uris: readonly Text[];
}

const validTest: Command = {
  name: 'valid_notify_method',
  kind: 'test',
  positionals: 1,
  check: (checker, use) => checker.positional(use, 0, 'notification-uris', 'string list'),
  generate: (code, use) => code.emit<ValidOperation>({op: 'valid_notify_method', uris: use.lists[0] ?? []}),
};

interface CapabilityOperation extends Operation, Matching {
  readonly op: 'notify_method_capability';
  readonly uri: Text;
  readonly capability: Text;
  readonly keys: readonly Text[];
}

const capabilityTest: Command = {
  name: 'notify_method_capability',
  kind: 'test',
  positionals: 3,
  tags: MATCH_TAGS,
  check(checker, use) {
    if (!checker.positional(use, 0, 'notification-uri', 'string')) return false;
    if (!checker.positional(use, 1, 'notification-capability', 'string')) return false;
    if (!checker.positional(use, 2, 'key-list', 'string list')) return false;
    use.found = checkMatching(checker, use, use.lists[0] ?? []);
    return use.found !== undefined;
  },
  generate: (code, use) =>
    code.emit<CapabilityOperation>({
      op: 'notify_method_capability',
      uri: use.texts[0] ?? '',
      capability: use.texts[1] ?? '',
      keys: use.lists[0] ?? [],
      ...(use.found as Matching), // put there by check
    }),
};

export const enotifyExtension: Extension = {name: 'enotify', commands: [notifyCommand, validTest, capabilityTest]};

function isValid(uri: string): boolean {
  return schemeOf(uri) === 'mailto' && parseMailto(uri).fault === undefined;
}

function addNotification(run: Run, operation: NotifyOperation, uri: string, parsed: MailtoUri): void {
  const optional = (text: Text | undefined): string | undefined => (text === undefined ? undefined : run.text(text));
  run.shared.result.add({
    kind: 'notify',
    method: 'mailto',
    ...parsed,
    importance: Number(run.text(operation.importance)),
    from: optional(operation.from),
    message: optional(operation.message),
    isOld: false,
    id: undefined,
    fcc: readFcc(run, operation),
    script: run.script,
    line: run.line,
    copy: false,
  });
}

export const enotifyOperations = [
  operationKind<NotifyOperation>('notify', operation => run => {
    const uri = run.text(operation.uri);
    run.trace(TRACE_ACTIONS, 0, 'notify action');
    run.trace(TRACE_ACTIONS, 1, `notify with uri \`${traceText(uri)}'`);
    const {fault, uri: parsed} = parseMailto(uri);
    if (schemeOf(uri) !== 'mailto' || parsed === undefined)
      throw new RunFault(`notify command: invalid method URI '${uri}': ${fault ?? 'invalid method'}`);
    addNotification(run, operation, uri, parsed);
  }),
  operationKind<ValidOperation>('valid_notify_method', ({uris}) => run => {
    run.trace(TRACE_TESTS, 0, 'valid_notify_method test');
    const invalid = run.texts(uris).find(uri => !isValid(uri));
    if (invalid !== undefined) run.trace(TRACE_MATCHING, 1, `invalid notify method \`${traceText(invalid)}'`);
    run.test = invalid === undefined;
    run.tested('valid_notify_method', run.texts(uris), []);
  }),
  operationKind<CapabilityOperation>('notify_method_capability', operation => {
    const match = linkMatch(operation, operation.keys);
    return run => {
      run.trace(TRACE_TESTS, 0, 'notify_method_capability test');
      const isKnown = isValid(run.text(operation.uri)) && run.text(operation.capability).toLowerCase() === 'online';
      run.test = isKnown && match(run, 'notify_method_capability', ['maybe']);
    };
  }),
];
