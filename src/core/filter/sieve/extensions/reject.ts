/** reject and ereject (RFC 5429). */
import type {Command, Extension} from '../compile/language.ts';
import type {Operation, Text} from '../compile/operand.ts';
import {operationKind} from '../run/link.ts';
import {traceText} from '../run/match.ts';
import {TRACE_ACTIONS} from '../run/trace.ts';

interface RejectOperation extends Operation {
  readonly op: 'reject';
  readonly reason: Text;
  readonly isExtended: boolean;
}

function rejectCommand(name: 'reject' | 'ereject'): Command {
  return {
    name,
    kind: 'command',
    positionals: 1,
    check: (checker, use) => checker.positional(use, 0, 'reason', 'string'),
    generate: (code, use) =>
      code.emit<RejectOperation>({op: 'reject', reason: use.texts[0] ?? '', isExtended: name === 'ereject'}),
  };
}

export const rejectExtension: Extension = {name: 'reject', needsEnvelope: true, commands: [rejectCommand('reject')]};

/** Only where the SMTP or LMTP client can still be told: offline tools have none. */
export const erejectExtension: Extension = {
  name: 'ereject',
  needsEnvelope: true,
  plugin: 'protocol',
  commands: [rejectCommand('ereject')],
};

export const rejectOperation = operationKind<RejectOperation>('reject', ({reason, isExtended}) => run => {
  const text = run.text(reason);
  run.trace(TRACE_ACTIONS, 0, `${isExtended ? 'ereject' : 'reject'} action`);
  run.trace(TRACE_ACTIONS, 1, `reject message with reason \`${traceText(text)}'`);
  const {script, line} = run;
  run.shared.result.add({kind: 'reject', reason: text, isExtended, script, line, copy: false});
});
