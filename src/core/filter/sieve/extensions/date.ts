/** date (RFC 5260 section 4): the tests date and currentdate. */
import {checkHeaderNames} from '../commands/header-tests.ts';
import {fieldValues, type HeaderScope, readScope, traceScope, withParts} from '../commands/header-scope.ts';
import type {Checker} from '../compile/checker.ts';
import {type Command, type Extension, findTag, hasTag, type Tag, type TagGroup, type Use} from '../compile/language.ts';
import {checkMatching, MATCH_TAGS, type Matching} from '../compile/match-tags.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {type MailDate, parseMailDate} from '../message/mail-date.ts';
import {datePart, DATE_PARTS, parseZone} from '../message/date-parts.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch} from '../run/match.ts';
import type {Run} from '../run/run.ts';
import {TRACE_TESTS} from '../run/trace.ts';

interface DateOperation extends Operation, Matching {
  readonly op: 'date' | 'currentdate';
  readonly header: Text;
  readonly part: Text;
  readonly keys: readonly Text[];
  readonly zone: Text | undefined;
  readonly isOriginalZone: boolean;
  readonly scope: HeaderScope;
}

const ZONE: Tag = {
  name: 'zone',
  parameter: 'string',
  check(checker, _use, {text = '', place}) {
    if (isConstant(text) && parseZone(text) === undefined)
      checker.warning(place, `specified :zone argument '${text}' is not a valid timezone`);
    return true;
  },
};
const ORIGINAL_ZONE: Tag = {name: 'originalzone'};

const currentZoneTag: TagGroup = {find: name => (name === 'zone' ? ZONE : undefined)};
const zoneTag: TagGroup = {
  find: name => (name === 'zone' ? ZONE : name === 'originalzone' ? ORIGINAL_ZONE : undefined),
};

function checkPart(checker: Checker, use: Use, index: number): boolean {
  if (!checker.positional(use, index, 'date part', 'string')) return false;
  const part = use.texts.at(-1) ?? '';
  if (isConstant(part) && !DATE_PARTS.has(part.toLowerCase()))
    checker.warning(use.positionals[index] ?? use.node, `specified date part \`${part}' is not known`);
  return true;
}

function checkKeys(checker: Checker, use: Use, index: number): boolean {
  if (!checker.positional(use, index, 'key list', 'string list')) return false;
  use.found = checkMatching(checker, use, use.lists[0] ?? []);
  return use.found !== undefined;
}

const dateTest: Command = {
  name: 'date',
  kind: 'test',
  positionals: 3,
  tags: [zoneTag, ...MATCH_TAGS],
  check(checker, use) {
    if (!checker.positional(use, 0, 'header name', 'string')) return false;
    checkHeaderNames(checker, use, use.texts);
    return checkPart(checker, use, 1) && checkKeys(checker, use, 2);
  },
  generate: (code, use) => code.emit<DateOperation>({op: 'date', ...operands(use)}),
};

const currentDateTest: Command = {
  name: 'currentdate',
  kind: 'test',
  positionals: 2,
  tags: [currentZoneTag, ...MATCH_TAGS],
  check: (checker, use) => checkPart(checker, use, 0) && checkKeys(checker, use, 1),
  generate: (code, use) => code.emit<DateOperation>({op: 'currentdate', ...operands(use)}),
};

function operands(use: Use): Omit<DateOperation, 'op' | 'line'> {
  const [header = '', part = header] = use.texts;
  return {
    header,
    part,
    keys: use.lists[0] ?? [],
    zone: findTag(use, 'zone')?.text,
    isOriginalZone: hasTag(use, 'originalzone'),
    scope: readScope(use),
    ...(use.found as Matching), // put there by checkKeys
  };
}

export const dateExtension: Extension = {name: 'date', commands: [dateTest, currentDateTest]};

/** Minutes east in which the date is shown. */
function zoneOf(run: Run, {zone, isOriginalZone}: DateOperation, date: MailDate): number {
  if (isOriginalZone) return date.zoneMinutes;
  const wanted = zone === undefined ? undefined : parseZone(run.text(zone));
  return wanted ?? -new Date(date.seconds * 1000).getTimezoneOffset();
}

function* values(run: Run, operation: DateOperation, dates: Iterable<MailDate>): Iterable<string> {
  const part = run.text(operation.part);
  for (const date of dates) {
    const text = datePart(date.seconds, zoneOf(run, operation, date), part);
    if (text !== undefined) yield text;
  }
}

/** In fields with something before it, like Received, the date is behind the last semicolon. */
function* headerDates(run: Run, {header, scope}: DateOperation): Iterable<MailDate> {
  for (const value of fieldValues(run, [run.text(header)], {...scope, isRaw: true}, false)) {
    const semicolon = value.lastIndexOf(';');
    const date = parseMailDate(semicolon < 0 ? value : value.slice(semicolon + 1));
    if (date !== undefined) yield date;
  }
}

export const dateOperations = [
  operationKind<DateOperation>('date', operation => {
    const match = linkMatch(operation, operation.keys);
    return withParts(operation.scope, run => {
      run.trace(TRACE_TESTS, 0, 'date test');
      traceScope(run, operation.scope);
      run.test = match(run, 'date', values(run, operation, headerDates(run, operation)));
    });
  }),
  operationKind<DateOperation>('currentdate', operation => {
    const match = linkMatch(operation, operation.keys);
    return run => {
      run.trace(TRACE_TESTS, 0, 'currentdatedate test'); // sic
      const seconds = Math.floor(run.environment.now() / 1000);
      const zoneMinutes = -new Date(seconds * 1000).getTimezoneOffset();
      run.test = match(run, 'currentdate', values(run, operation, [{seconds, zoneMinutes}]));
    };
  }),
];
