/** The size test (RFC 5228 section 5.9). */
import {type Command, hasTag, type TagGroup, tagGroup} from '../compile/language.ts';
import type {Operation} from '../compile/operand.ts';
import {operationKind} from '../run/link.ts';
import {TRACE_MATCHING, TRACE_TESTS} from '../run/trace.ts';

interface SizeOperation extends Operation {
  readonly op: 'size';
  readonly isOver: boolean;
  readonly limit: number;
}

function limitTag(name: string): TagGroup {
  return tagGroup({
    name,
    check: (checker, use, {place}) =>
      use.tags.length === 1 ||
      checker.error(
        place,
        "exactly one of the ':under' or ':over' tags must be specified for the size test, but more were found",
      ),
  });
}

export const sizeTest: Command = {
  name: 'size',
  kind: 'test',
  positionals: 1,
  tags: [limitTag('over'), limitTag('under')],
  check(checker, use) {
    if (!hasTag(use, 'over') && !hasTag(use, 'under'))
      return checker.error(use.node, 'the size test requires either the :under or the :over tag to be specified');
    return checker.positional(use, 0, 'limit', 'number');
  },
  generate: (code, use) =>
    code.emit<SizeOperation>({op: 'size', isOver: hasTag(use, 'over'), limit: use.numbers[0] ?? 0}),
};

export const sizeOperation = operationKind<SizeOperation>('size', ({isOver, limit}) => run => {
  const size = run.message.sizeBytes;
  run.trace(TRACE_TESTS, 0, `size :${isOver ? 'over' : 'under'} test`);
  run.trace(TRACE_MATCHING, 1, `comparing message size ${size}`);
  run.trace(TRACE_MATCHING, 1, `with ${isOver ? 'upper' : 'lower'} limit ${limit}`);
  run.test = isOver ? size > limit : size < limit;
  run.tested(`size :${isOver ? 'over' : 'under'}`, [String(limit)], [String(size)]);
});
