/**
 * What Pigeonhole 0.5.19 does not have: replace and enclose (RFC 5703), extlists (RFC 6134), fcc (RFC 8580),
 * processcalendar (RFC 9671), envelope-dsn and redirect-dsn (RFC 6009), i;unicode-casemap (RFC 5051). A script may
 * require them; they are not announced, so that the list of capabilities is the original's.
 */
import {type Command, type Extension, findTag, hasTag, plainTag} from '../compile/language.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {enclosed, replaced} from '../message/changed-body.ts';
import {operationKind} from '../run/link.ts';
import type {Run} from '../run/run.ts';
import {TRACE_ACTIONS, TRACE_TESTS} from '../run/trace.ts';
import {processCalendar} from './process-calendar.ts';

interface BodyOperation extends Operation {
  readonly op: 'replace' | 'enclose';
  readonly text: Text;
  readonly subject: Text | undefined;
  readonly from: Text | undefined;
  readonly headers: readonly Text[];
  readonly isMime: boolean;
}

function bodyCommand(name: BodyOperation['op']): Command {
  return {
    name,
    kind: 'command',
    positionals: 1,
    tags: [
      plainTag('subject', 'string'),
      ...(name === 'replace' ? [plainTag('mime'), plainTag('from', 'string')] : [plainTag('headers', 'string list')]),
    ],
    check: (checker, use) => checker.positional(use, 0, 'replacement', 'string'),
    generate: (code, use) =>
      code.emit<BodyOperation>({
        op: name,
        text: use.texts[0] ?? '',
        subject: findTag(use, 'subject')?.text,
        from: findTag(use, 'from')?.text,
        headers: findTag(use, 'headers')?.texts ?? [],
        isMime: hasTag(use, 'mime'),
      }),
  };
}

interface ListOperation extends Operation {
  readonly op: 'valid_ext_list';
  readonly names: readonly Text[];
}

const validList: Command = {
  name: 'valid_ext_list',
  kind: 'test',
  positionals: 1,
  check: (checker, use) => checker.positional(use, 0, 'ext-list-names', 'string list'),
  generate: (code, use) => code.emit<ListOperation>({op: 'valid_ext_list', names: use.lists[0] ?? []}),
};

const notifyTag = {
  name: 'notify',
  parameter: 'string' as const,
  check(
    checker: Parameters<NonNullable<Extension['load']>>[0],
    _use: unknown,
    {text = '', place}: {text?: Text; place: Parameters<typeof checker.error>[0]},
  ) {
    if (!isConstant(text) || /^(?:NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*)$/i.test(text))
      return true;
    return checker.error(place, `specified :notify value '${text}' is invalid`);
  },
};

export const BEYOND: readonly Extension[] = [
  {name: 'replace', commands: [bodyCommand('replace')]},
  {name: 'enclose', commands: [bodyCommand('enclose')]},
  {name: 'extlists', commands: [validList], tags: [['redirect', plainTag('list')]]},
  {
    name: 'fcc',
    tags: ['vacation', 'notify'].flatMap(command => [
      [command, plainTag('fcc', 'string')] as const,
      [command, plainTag('create')] as const,
      [command, plainTag('flags', 'string list')] as const,
    ]),
  },
  {name: 'processcalendar', commands: [processCalendar]},
  {name: 'envelope-dsn'},
  {
    name: 'redirect-dsn',
    tags: [
      ['redirect', {find: name => (name === 'notify' ? notifyTag : undefined)}],
      ['redirect', plainTag('ret', 'string')],
    ],
  },
  {name: 'comparator-i;unicode-casemap'},
];

async function changeBody(run: Run, {op, text, subject, from, headers, isMime}: BodyOperation): Promise<void> {
  const optional = (value: Text | undefined): string | undefined => (value === undefined ? undefined : run.text(value));
  run.trace(TRACE_ACTIONS, 0, `${op} action`);
  const change = {text: run.text(text), subject: optional(subject), from: optional(from), isMime};
  run.shared.message =
    op === 'replace'
      ? await replaced(run.message, run.part, change)
      : await enclosed(run.message, change, run.texts(headers), `${run.environment.now()}`);
  run.shared.root = undefined;
}

export const beyondOperations = [
  operationKind<BodyOperation>('replace', operation => run => changeBody(run, operation)),
  operationKind<BodyOperation>('enclose', operation => run => changeBody(run, operation)),
  operationKind<ListOperation>('valid_ext_list', ({names}) => run => {
    run.trace(TRACE_TESTS, 0, 'valid_ext_list test');
    run.test = run.texts(names).every(name => run.environment.hasList?.(name) ?? false);
    run.tested('valid_ext_list', run.texts(names), []);
  }),
];
