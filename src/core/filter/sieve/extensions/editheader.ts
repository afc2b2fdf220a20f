/** editheader (RFC 5293): fields added and taken away; later tests, and what is stored or sent on, see it so. */
import type {Checker} from '../compile/checker.ts';
import {type Extension, findTag, hasTag, plainTag, type Use} from '../compile/language.ts';
import {checkMatching, MATCH_TAGS, type Matching} from '../compile/match-tags.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {describeArgument} from '../compile/tree.ts';
import {EditedMessage} from '../message/edited-message.ts';
import {isFieldName} from '../message/field-name.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch} from '../run/match.ts';
import type {Run} from '../run/run.ts';
import {TRACE_COMMANDS, TRACE_MATCHING} from '../run/trace.ts';
import {indexTag, lastTag} from './index-tag.ts';

interface AddOperation extends Operation {
  readonly op: 'addheader';
  readonly name: Text;
  readonly value: Text;
  readonly isLast: boolean;
}

interface DeleteOperation extends Operation, Matching {
  readonly op: 'deleteheader';
  readonly name: Text;
  readonly keys: readonly Text[] | undefined;
  readonly index: number | undefined;
  readonly isLast: boolean;
}

/** RFC 5293 section 4: never deleted; Subject may be, though (seen). */
const PROTECTED: ReadonlySet<string> = new Set(['received', 'auto-submitted']);
const MAX_HEADER_SIZE = 2048;

function isForbidden(run: {setting(name: string): string | undefined}, kind: 'add' | 'delete', name: string): boolean {
  const lower = name.toLowerCase();
  const listed = `${run.setting('sieve_editheader_protected') ?? ''} ${run.setting(`sieve_editheader_forbid_${kind}`) ?? ''}`;
  if (listed.toLowerCase().split(/\s+/).includes(lower)) return lower !== 'subject' || kind === 'add';
  return kind === 'delete' && PROTECTED.has(lower);
}

function checkAdd(checker: Checker, use: Use): boolean {
  if (!checker.positional(use, 0, 'field-name', 'string')) return false;
  const [name = ''] = use.texts;
  if (isConstant(name) && !isFieldName(name))
    return checker.error(use.node, `addheader command: specified field name \`${name}' is invalid`);
  if (!checker.positional(use, 1, 'value', 'string')) return false;
  const value = use.texts[1] ?? '';
  if (isConstant(value) && value.length > MAX_HEADER_SIZE)
    return checker.error(
      use.node,
      `addheader command: specified header value \`${value.slice(0, 80)}' is too large (${value.length} bytes)`,
    );
  return true;
}

function checkDelete(checker: Checker, use: Use): boolean {
  const [first, second, third] = use.positionals;
  if (first === undefined)
    return checker.error(
      use.node,
      'the deleteheader command expects at least one positional argument, but none was found',
    );
  if (first.kind !== 'string')
    return checker.error(
      first,
      `the deleteheader command expects a string list as argument 1 (field name), but ${describeArgument(first)} was found`,
    );
  if (!checker.positional(use, 0, 'field name', 'string')) return false;
  const [name = ''] = use.texts;
  if (isConstant(name) && !isFieldName(name))
    return checker.error(use.node, `deleteheader command:specified field name \`${name}' is invalid`); // sic
  if (isConstant(name) && PROTECTED.has(name.toLowerCase()))
    checker.warning(
      use.node,
      `deleteheader command: deleting specified header field \`${name}' is forbidden; modification will be denied`,
    );
  if (second !== undefined && !checker.positional(use, 1, 'value patterns', 'string list')) return false;
  void third; // seen: more arguments are passed over
  use.found = checkMatching(checker, use, use.lists[0] ?? []);
  return use.found !== undefined;
}

export const editheaderExtension: Extension = {
  name: 'editheader',
  isOff: true,
  commands: [
    {
      name: 'addheader',
      kind: 'command',
      positionals: 2,
      tags: [plainTag('last')],
      check: checkAdd,
      generate: (code, use) =>
        code.emit<AddOperation>({
          op: 'addheader',
          name: use.texts[0] ?? '',
          value: use.texts[1] ?? '',
          isLast: hasTag(use, 'last'),
        }),
    },
    {
      name: 'deleteheader',
      kind: 'command',
      tags: [...MATCH_TAGS, indexTag, lastTag],
      check: checkDelete,
      generate: (code, use) =>
        code.emit<DeleteOperation>({
          op: 'deleteheader',
          name: use.texts[0] ?? '',
          keys: use.lists[0],
          index: findTag(use, 'index')?.number,
          isLast: hasTag(use, 'last'),
          ...(use.found as Matching), // put there by checkDelete
        }),
    },
  ],
};

function edited(run: Run): EditedMessage {
  if (run.message instanceof EditedMessage) return run.message;
  const message = new EditedMessage(run.message);
  run.shared.message = message;
  return message;
}

function add(run: Run, {name, value, isLast}: AddOperation): void {
  const field = run.text(name);
  const text = run.text(value).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  run.trace(TRACE_COMMANDS, 0, `addheader "${field}: ${text}"`);
  if (!isFieldName(field)) return run.remark('error', `addheader action: specified field name \`${field}' is invalid`);
  if (isForbidden(run.environment, 'add', field))
    return run.remark(
      'warning',
      `addheader action: adding specified header field \`${field}' is forbidden; modification denied`,
    );
  if (text.includes('\0'))
    return run.remark('error', `addheader action: specified value \`${text}' is invalid (contains NUL character)`);
  if (text.length > MAX_HEADER_SIZE)
    return run.remark(
      'error',
      `addheader action: specified header value \`${text.slice(0, 80)}' is too large (${text.length} bytes)`,
    );
  edited(run).add(field, text, isLast);
}

type Fits = ((run: Run, value: string) => boolean) | undefined;

function remove(run: Run, operation: DeleteOperation, fits: Fits): void {
  const {index, isLast} = operation;
  const field = run.text(operation.name);
  run.trace(TRACE_COMMANDS, 0, 'deleteheader command');
  if (!isFieldName(field))
    return run.remark('error', `deleteheader action: specified field name \`${field}' is invalid`);
  if (isForbidden(run.environment, 'delete', field))
    return run.remark(
      'warning',
      `deleteheader action: deleting specified header field \`${field}' is forbidden; modification denied`,
    );
  const where = index === undefined ? '' : ` at index ${index}${isLast ? ' from last' : ''}`;
  const what =
    fits === undefined ? `deleting header \`${field}'` : `deleting matching occurrences of header \`${field}'`;
  run.trace(TRACE_COMMANDS, 1, `${what}${where}`);
  const values = run.message.values(field);
  const chosen = values
    .map((_value, at) => at)
    .filter(at => index === undefined || at === (isLast ? values.length - index : index - 1));
  const gone = chosen.filter(at => fits === undefined || fits(run, values[at] ?? ''));
  if (gone.length > 0) edited(run).remove(field, new Set(gone));
  run.trace(TRACE_MATCHING - 2, 1, `deleted ${gone.length} occurrences of header \`${field}'`);
}

export const editheaderOperations = [
  operationKind<AddOperation>('addheader', operation => run => add(run, operation)),
  operationKind<DeleteOperation>('deleteheader', operation => {
    const match = operation.keys === undefined ? undefined : linkMatch(operation, operation.keys);
    return run => remove(run, operation, match && ((inner, value) => match(inner, 'deleteheader', [value])));
  }),
];
