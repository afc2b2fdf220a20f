/** The tests of headers: header, address, exists (RFC 5228 sections 5.1, 5.5, 5.7), with what :index and :mime add. */
import type {Checker} from '../compile/checker.ts';
import type {Command, Use} from '../compile/language.ts';
import {addressPartOf, addressPartTag, checkMatching, MATCH_TAGS, type Matching} from '../compile/match-tags.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {addressPart, type HeaderAddress, headerAddresses} from '../message/header-address.ts';
import {isFieldName} from '../message/field-name.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch, traceText} from '../run/match.ts';
import type {Run} from '../run/run.ts';
import {TRACE_MATCHING, TRACE_TESTS} from '../run/trace.ts';
import {fieldValues, type HeaderScope, readScope, traceScope, withParts} from './header-scope.ts';

interface HeaderOperation extends Operation, Matching {
  readonly op: 'header' | 'address';
  readonly names: readonly Text[];
  readonly keys: readonly Text[];
  readonly part: string;
  readonly scope: HeaderScope;
}

/** Names that are none are warned of, and found nowhere. */
export function checkHeaderNames(checker: Checker, use: Use, names: readonly Text[]): void {
  for (const name of names)
    if (isConstant(name) && name !== '' && !isFieldName(name))
      return checker.warning(use.positionals[0] ?? use.node, `specified header field name '${name}' is invalid`);
}

export const headerTest: Command = {
  name: 'header',
  kind: 'test',
  positionals: 2,
  tags: MATCH_TAGS,
  check(checker, use) {
    if (!checker.positional(use, 0, 'header names', 'string list')) return false;
    checkHeaderNames(checker, use, use.lists[0] ?? []);
    return checker.positional(use, 1, 'key list', 'string list') && takeMatching(checker, use);
  },
  generate: (code, use) => code.emit<HeaderOperation>({op: 'header', part: '', ...operands(use)}),
};

function takeMatching(checker: Checker, use: Use): boolean {
  use.found = checkMatching(checker, use, use.lists[1] ?? []);
  return use.found !== undefined;
}

function operands(use: Use): Pick<HeaderOperation, 'names' | 'keys' | 'scope' | 'matchType' | 'comparator'> {
  const [names = [], keys = []] = use.lists;
  return {names, keys, scope: readScope(use), ...(use.found as Matching)}; // put there by takeMatching
}

/** Fields that hold addresses; RFC 5228 section 5.1 leaves the list to us, this is Pigeonhole's. */
const ADDRESS_FIELDS: ReadonlySet<string> = new Set(
  `from to cc bcc sender reply-to resent-from resent-sender resent-to resent-cc resent-bcc resent-reply-to mail-reply-to
  mail-followup-to original-recipient delivered-to envelope-to x-envelope-to x-original-to x-original-from for-approval
  for-comment for-handling apparently-to return-path errors-to return-receipt-to return-receipt-requested
  read-receipt-to disposition-notification-to x-confirm-reading-to x-complaints-to x-report-abuse-to abuse-reports-to
  x-beenthere x-admin list-post list-owner list-subscribe list-unsubscribe list-help list-archive list-id resent-from
  envelope-from x-envelope-from`.split(/\s+/),
);

export const addressTest: Command = {
  name: 'address',
  kind: 'test',
  positionals: 2,
  tags: [addressPartTag, ...MATCH_TAGS],
  check(checker, use) {
    if (!checker.positional(use, 0, 'header list', 'string list')) return false;
    checkHeaderNames(checker, use, use.lists[0] ?? []);
    const bad = (use.lists[0] ?? []).find(name => isConstant(name) && !ADDRESS_FIELDS.has(name.toLowerCase()));
    if (bad !== undefined)
      return checker.error(
        use.positionals[0] ?? use.node,
        `specified header '${String(bad)}' is not allowed for the address test`,
      );
    return checker.positional(use, 1, 'key list', 'string list') && takeMatching(checker, use);
  },
  generate: (code, use) => code.emit<HeaderOperation>({op: 'address', part: addressPartOf(use), ...operands(use)}),
};

interface ExistsOperation extends Operation {
  readonly op: 'exists';
  readonly names: readonly Text[];
  readonly scope: HeaderScope;
}

export const existsTest: Command = {
  name: 'exists',
  kind: 'test',
  positionals: 1,
  check(checker, use) {
    if (!checker.positional(use, 0, 'header names', 'string list')) return false;
    checkHeaderNames(checker, use, use.lists[0] ?? []);
    return true;
  },
  generate: (code, use) => code.emit<ExistsOperation>({op: 'exists', names: use.lists[0] ?? [], scope: readScope(use)}),
};

/** Stands for the part where addresses are only counted. */
const COUNTED = 'counted';

/** The addresses of fields one by one; what is no address counts as a whole (RFC 5228 section 5.1). */
function* addressValues(run: Run, values: Iterable<string>, part: string): Iterable<string> {
  const delimiters = run.environment.setting('recipient_delimiter') ?? '+';
  for (const value of values) {
    if (run.isTraced && value.trim() !== '')
      run.trace(TRACE_MATCHING, 1, `parsing address header value \`${traceText(value)}'`);
    const addresses = addressesOf(run, value);
    if (addresses.length === 0) yield* noAddress(run, value, part);
    for (const address of addresses) yield* onePart(run, address, part, delimiters);
  }
}

function addressesOf(run: Run, value: string): readonly HeaderAddress[] {
  const known = run.shared.addresses.get(value);
  if (known !== undefined) return known;
  const addresses = headerAddresses(value);
  run.shared.addresses.set(value, addresses);
  return addresses;
}

function* noAddress(run: Run, value: string, part: string): Iterable<string> {
  const isEmpty = value.trim() === '';
  run.trace(TRACE_MATCHING, 1, isEmpty ? 'empty address value' : `invalid address value \`${traceText(value)}'`);
  run.trace(TRACE_MATCHING, 1, `extracting \`${part}' part from non-address value \`${traceText(value)}'`);
  if (part === 'all' || isEmpty) yield value;
}

function* onePart(run: Run, address: HeaderAddress, part: string, delimiters: string): Iterable<string> {
  if (run.isTraced) run.trace(TRACE_MATCHING, 1, `address value \`${traceText(address.text)}'`);
  if (part === COUNTED) return yield address.text;
  if (run.isTraced)
    run.trace(TRACE_MATCHING, 1, `extracting \`${part}' part from address <${traceText(address.text)}>`);
  const value = addressPart(address, part, delimiters);
  if (value !== undefined) yield value;
}

export const headerOperations = [
  operationKind<HeaderOperation>('header', operation => {
    const match = linkMatch(operation, operation.keys);
    return withParts(operation.scope, run => {
      run.trace(TRACE_TESTS, 0, 'header test');
      traceScope(run, operation.scope);
      const names = run.texts(operation.names);
      run.test = match(run, 'header', fieldValues(run, names, operation.scope), names);
    });
  }),
  operationKind<HeaderOperation>('address', operation => {
    const match = linkMatch(operation, operation.keys);
    return withParts(operation.scope, run => {
      run.trace(TRACE_TESTS, 0, 'address test');
      traceScope(run, operation.scope);
      const names = run.texts(operation.names);
      const values = fieldValues(run, names, {...operation.scope, isRaw: true});
      run.test = match(
        run,
        'address',
        addressValues(run, values, operation.matchType.startsWith('count') ? COUNTED : operation.part),
        names,
      );
    });
  }),
  operationKind<ExistsOperation>('exists', ({names, scope}) =>
    withParts(scope, run => {
      run.trace(TRACE_TESTS, 0, 'exists test');
      traceScope(run, scope);
      const missing = run.texts(names).find(name => !exists(run, name, scope));
      run.test = missing === undefined;
      run.trace(TRACE_MATCHING, 1, run.test ? 'all headers exist' : 'headers are missing');
      run.tested('exists', run.texts(names), missing === undefined ? [] : [`no ${missing}`]);
    }),
  ),
];

function exists(run: Run, name: string, scope: HeaderScope): boolean {
  let isThere = false;
  for (const value of fieldValues(run, [name], scope, false)) isThere = value !== undefined;
  run.trace(TRACE_MATCHING, 1, `header \`${traceText(name)}' ${isThere ? 'exists' : 'is missing'}`);
  return isThere;
}
