/** processcalendar (RFC 9671): calendar mail is handed to whoever keeps calendars; without one nothing is done. */
import {setVariable, type Target, namedTarget} from '../commands/variable-target.ts';
import {type Command, findTag, hasTag, plainTag, type Tag, tagGroup} from '../compile/language.ts';
import type {Operation, Text} from '../compile/operand.ts';
import {operationKind} from '../run/link.ts';
import {TRACE_ACTIONS} from '../run/trace.ts';

interface CalendarOperation extends Operation {
  readonly op: 'processcalendar';
  readonly addresses: readonly Text[];
  readonly organizers: Text | undefined;
  readonly calendarId: Text | undefined;
  readonly allowPublic: boolean;
  readonly updatesOnly: boolean;
  readonly invitesOnly: boolean;
  readonly deleteCancelled: boolean;
  readonly outcome: Target | undefined;
  readonly reason: Target | undefined;
}

function variableTag(name: string): Tag {
  return {
    name,
    parameter: 'string',
    finish: (checker, _use, {place}) =>
      checker.has('variables') ||
      checker.error(place, `the :${name} tag requires that the variables extension is active`),
  };
}

export const processCalendar: Command = {
  name: 'processcalendar',
  kind: 'command',
  positionals: 0,
  tags: [
    plainTag('allowpublic'),
    plainTag('addresses', 'string list'),
    plainTag('updatesonly'),
    plainTag('invitesonly'),
    plainTag('deletecancelled'),
    plainTag('organizers', 'string'),
    plainTag('calendarid', 'string'),
    tagGroup(variableTag('outcome')),
    tagGroup(variableTag('reason')),
  ],
  check(checker, use) {
    if (hasTag(use, 'updatesonly') && hasTag(use, 'invitesonly'))
      return checker.error(
        use.node,
        'the :updatesonly and :invitesonly arguments of the processcalendar command are mutually exclusive',
      );
    const target = (name: string): Target | undefined => {
      const text = findTag(use, name)?.text;
      return typeof text === 'string' ? namedTarget(checker, use.node, text) : undefined;
    };
    use.found = {outcome: target('outcome'), reason: target('reason')};
    return true;
  },
  generate: (code, use) =>
    code.emit<CalendarOperation>({
      op: 'processcalendar',
      addresses: findTag(use, 'addresses')?.texts ?? [],
      organizers: findTag(use, 'organizers')?.text,
      calendarId: findTag(use, 'calendarid')?.text,
      allowPublic: hasTag(use, 'allowpublic'),
      updatesOnly: hasTag(use, 'updatesonly'),
      invitesOnly: hasTag(use, 'invitesonly'),
      deleteCancelled: hasTag(use, 'deletecancelled'),
      ...(use.found as Pick<CalendarOperation, 'outcome' | 'reason'>), // put there by check
    }),
};

export const calendarOperation = operationKind<CalendarOperation>('processcalendar', operation => async run => {
  run.trace(TRACE_ACTIONS, 0, 'processcalendar action');
  const {organizers, calendarId} = operation;
  const answer = (await run.environment.processCalendar?.({
    message: run.message,
    addresses: run.texts(operation.addresses),
    organizers: organizers === undefined ? undefined : run.text(organizers),
    calendarId: calendarId === undefined ? undefined : run.text(calendarId),
    allowPublic: operation.allowPublic,
    updatesOnly: operation.updatesOnly,
    invitesOnly: operation.invitesOnly,
    deleteCancelled: operation.deleteCancelled,
  })) ?? {outcome: 'no_action', reason: ''};
  if (operation.outcome !== undefined) setVariable(run, operation.outcome, answer.outcome);
  if (operation.reason !== undefined) setVariable(run, operation.reason, answer.reason);
});
