/** The notify extension of the draft before enotify (draft-martin-sieve-notify-01): mailto only, with `denotify`. */
import {
  type Command,
  type Extension,
  findTag,
  hasTag,
  plainTag,
  type Tag,
  tagGroup,
  type TagGroup,
  type Use,
} from '../compile/language.ts';
import type {Matching} from '../compile/match-tags.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {parseSingleAddress} from '../message/single-address.ts';
import type {NotifyAction} from '../run/action.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch, type Match} from '../run/match.ts';
import type {Run} from '../run/run.ts';
import {TRACE_ACTIONS} from '../run/trace.ts';

interface OldNotifyOperation extends Operation {
  readonly op: 'oldNotify';
  readonly id: Text | undefined;
  readonly message: Text;
  readonly recipients: readonly Text[];
  readonly importance: number;
}

interface DenotifyOperation extends Operation {
  readonly op: 'denotify';
  readonly matching: Matching | undefined;
  readonly key: Text;
  readonly importance: number | undefined;
}

const LEVELS: readonly Tag[] = [{name: 'low'}, {name: 'normal'}, {name: 'high'}];
const levelTag: TagGroup = {find: name => LEVELS.find(tag => tag.name === name)};

function importanceOf(use: Use): number | undefined {
  if (hasTag(use, 'high')) return 1;
  if (hasTag(use, 'normal')) return 2;
  return hasTag(use, 'low') ? 3 : undefined;
}

const methodTag: Tag = {
  name: 'method',
  parameter: 'string',
  check: (checker, _use, {text = '', place}) =>
    text === 'mailto' ||
    checker.error(
      place,
      "the notify command of the deprecated notify extension only supports the 'mailto' notification method",
    ),
};

const optionsTag: Tag = {
  name: 'options',
  parameter: 'string list',
  check(checker, _use, {texts = [], place}) {
    for (const text of texts) {
      const fault = isConstant(text) ? parseSingleAddress(text).fault : undefined;
      if (fault !== undefined)
        return checker.error(
          place,
          `specified :options address '${String(text)}' is invalid for the mailto notify method: ${fault}`,
        );
    }
    return true;
  },
};

const DEFAULT_MESSAGE = '$from$: $subject$';

const notifyCommand: Command = {
  name: 'notify',
  kind: 'command',
  positionals: 0,
  tags: [tagGroup(methodTag), plainTag('id', 'string'), plainTag('message', 'string'), tagGroup(optionsTag), levelTag],
  check(checker, use) {
    if (findTag(use, 'options') === undefined)
      checker.warning(use.node, 'no :options (and hence recipients) specified for the notify command');
    return true;
  },
  generate: (code, use) =>
    code.emit<OldNotifyOperation>({
      op: 'oldNotify',
      id: findTag(use, 'id')?.text,
      message: findTag(use, 'message')?.text ?? DEFAULT_MESSAGE,
      recipients: findTag(use, 'options')?.texts ?? [],
      importance: importanceOf(use) ?? 1, // seen
    }),
};

/** The match type is followed by its key, as in no other command. */
const KEY_TAGS = ['is', 'contains', 'matches'].map((name): Tag => ({
  name,
  takes(checker, _use, tagUse, parameter) {
    const text = `the MATCH-TYPE argument (:${name}) for the denotify command requires an additional key-string parameter`;
    if (parameter === undefined) return checker.error(tagUse.place, `${text}, but no more arguments were found`);
    if (parameter.kind !== 'string')
      return checker.error(
        parameter,
        `${text}, but ${parameter.kind === 'tag' ? 'a tag' : `a ${parameter.kind}`} was found`,
      );
    const key = checker.activate(parameter);
    if (key !== undefined) tagUse.text = key;
    return key !== undefined;
  },
}));
const keyTag: TagGroup = {className: 'MATCH-TYPE', find: name => KEY_TAGS.find(tag => tag.name === name)};

const denotifyCommand: Command = {
  name: 'denotify',
  kind: 'command',
  positionals: 0,
  tags: [keyTag, levelTag],
  generate(code, use) {
    const key = use.tags.find(tag => tag.group === keyTag);
    code.emit<DenotifyOperation>({
      op: 'denotify',
      matching: key === undefined ? undefined : {matchType: key.tag.name, comparator: 'i;octet'},
      key: key?.text ?? '',
      importance: importanceOf(use),
    });
  },
};

export const oldNotifyExtension: Extension = {
  name: 'notify',
  isOff: true,
  commands: [notifyCommand, denotifyCommand],
  loaded: (checker, place) =>
    !checker.has('enotify') ||
    checker.error(place, 'the (deprecated) notify extension cannot be used together with the enotify extension'),
};

/** `$from$`, `$env-from$`, `$subject$` and, with no more than so many bytes, `$text[80]$`. */
function expand(run: Run, message: string): string {
  return message.replace(/\$(from|env-from|subject)\$/gi, (_all, name: string) => {
    if (name.toLowerCase() === 'env-from') return run.environment.envelope.from;
    return run.message.values(name)[0] ?? '';
  });
}

function notify(run: Run, operation: OldNotifyOperation): void {
  run.trace(TRACE_ACTIONS, 0, 'notify action');
  const to = run.texts(operation.recipients).flatMap(text => parseSingleAddress(text).address ?? []);
  run.shared.result.add({
    kind: 'notify',
    method: 'mailto',
    to,
    cc: [],
    headers: [],
    subject: undefined,
    body: undefined,
    importance: operation.importance,
    from: undefined,
    message: expand(run, run.text(operation.message)),
    isOld: true,
    id: operation.id === undefined ? undefined : run.text(operation.id),
    script: run.script,
    line: run.line,
    copy: false,
  });
}

function isMeant(run: Run, action: NotifyAction, importance: number | undefined, match: Match | undefined): boolean {
  if (!action.isOld || (importance !== undefined && importance !== action.importance)) return false;
  return match === undefined || (action.id !== undefined && match(run, 'denotify', [action.id]));
}

export const oldNotifyOperations = [
  operationKind<OldNotifyOperation>('oldNotify', operation => run => notify(run, operation)),
  operationKind<DenotifyOperation>('denotify', ({matching, key, importance}) => {
    const match = matching === undefined ? undefined : linkMatch(matching, [key]);
    return run => {
      run.trace(TRACE_ACTIONS, 0, 'denotify action');
      const {actions} = run.shared.result;
      const kept = actions.filter(action => action.kind !== 'notify' || !isMeant(run, action, importance, match));
      actions.splice(0, actions.length, ...kept);
    };
  }),
];
