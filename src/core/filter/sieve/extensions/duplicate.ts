/** duplicate (RFC 7352): whether a message of this identity came by before. It is marked when the script has ended well. */
import {createHash} from 'node:crypto';
import {type Extension, findTag, hasTag, plainTag, type Tag, tagGroup, type Use} from '../compile/language.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {isFieldName} from '../message/field-name.ts';
import {operationKind} from '../run/link.ts';
import type {Run} from '../run/run.ts';
import {TRACE_MATCHING, TRACE_TESTS} from '../run/trace.ts';

interface DuplicateOperation extends Operation {
  readonly op: 'duplicate';
  readonly handle: Text | undefined;
  readonly header: Text | undefined;
  readonly uniqueId: Text | undefined;
  readonly seconds: number;
  readonly isLast: boolean;
}

function idTag(name: 'header' | 'uniqueid', other: 'header' | 'uniqueid'): Tag {
  return {
    name,
    parameter: 'string',
    check(checker, use, {place, text = ''}) {
      if (name === 'header' && isConstant(text) && !isFieldName(text))
        checker.warning(place, `specified header field name '${text}' is invalid`);
      return (
        !hasTag(use, other) ||
        checker.error(place, 'conflicting :header and :uniqueid arguments specified for the duplicate test')
      );
    },
  };
}

const secondsTag: Tag = {
  name: 'seconds',
  parameter: 'number',
  check(checker, _use, tag) {
    const {maxSeconds} = checker.settings.duplicate;
    if (maxSeconds > 0 && (tag.number ?? 0) > maxSeconds) {
      tag.number = maxSeconds;
      checker.warning(tag.place, `specified :seconds value '${maxSeconds}' is over the maximum`); // seen: not what was specified
    }
    return true;
  },
};

export const duplicateExtension: Extension = {
  name: 'duplicate',
  commands: [
    {
      name: 'duplicate',
      kind: 'test',
      positionals: 0,
      tags: [
        plainTag('handle', 'string'),
        tagGroup(idTag('header', 'uniqueid')),
        tagGroup(idTag('uniqueid', 'header')),
        tagGroup(secondsTag),
        plainTag('last'),
      ],
      generate: (code, use) => code.emit<DuplicateOperation>(operands(use)),
    },
  ],
};

function operands(use: Use): Omit<DuplicateOperation, 'line'> {
  return {
    op: 'duplicate',
    handle: findTag(use, 'handle')?.text,
    header: findTag(use, 'header')?.text,
    uniqueId: findTag(use, 'uniqueid')?.text,
    seconds: findTag(use, 'seconds')?.number ?? -1,
    isLast: hasTag(use, 'last'),
  };
}

/** What makes the message the same as another; undefined when it lacks that. */
function uniqueValue(run: Run, {uniqueId, header}: DuplicateOperation): string | undefined {
  if (uniqueId !== undefined) return run.text(uniqueId);
  return run.message.rawValues(header === undefined ? 'message-id' : run.text(header))[0];
}

export const duplicateOperation = operationKind<DuplicateOperation>('duplicate', operation => async run => {
  run.trace(TRACE_TESTS, 0, 'duplicate test');
  run.test = false;
  const value = uniqueValue(run, operation);
  const {seen} = run.environment;
  if (value === undefined || value === '') {
    run.tested('duplicate', [], ['nothing to know the message by']);
    return run.trace(TRACE_MATCHING, 1, 'message is not a duplicate');
  }
  const handle = operation.handle === undefined ? undefined : run.text(operation.handle);
  const id = `duplicate ${createHash('sha256')
    .update(JSON.stringify([handle ?? null, value]))
    .digest('hex')}`;
  if (seen === undefined)
    return run.remark('warning', 'duplicate test: duplicate checking not available in this context');
  const isKnown = await seen.has(id);
  run.test = isKnown;
  run.tested('duplicate', [], [value]);
  run.trace(TRACE_MATCHING, 1, run.test ? 'message is a duplicate' : 'message is not a duplicate');
  const seconds = operation.seconds < 0 ? run.environment.duplicateSeconds : operation.seconds;
  const {isLast} = operation;
  if (!isKnown || isLast)
    run.shared.result.add({kind: 'mark', id, seconds, isLast, handle, script: run.script, line: run.line, copy: false});
});
