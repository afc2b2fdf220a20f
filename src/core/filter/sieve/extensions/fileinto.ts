/** fileinto (RFC 5228 section 4.1), and the :create of RFC 5490. */
import {checkMailboxName} from '../commands/mailbox-name.ts';
import {readEffects, type SideEffects, takeEffects} from '../commands/side-effects.ts';
import type {Extension} from '../compile/language.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {RunFault} from '../run/fault.ts';
import {operationKind} from '../run/link.ts';
import {traceText} from '../run/match.ts';
import {TRACE_ACTIONS} from '../run/trace.ts';

interface FileintoOperation extends Operation {
  readonly op: 'fileinto';
  readonly folder: Text;
  readonly effects: SideEffects;
}

export const fileintoExtension: Extension = {
  name: 'fileinto',
  commands: [
    {
      name: 'fileinto',
      kind: 'command',
      positionals: 1,
      check(checker, use) {
        if (!checker.positional(use, 0, 'folder', 'string')) return false;
        const [folder = ''] = use.texts;
        const fault = isConstant(folder) && folder !== '' ? checkMailboxName(folder) : undefined;
        if (fault === undefined) return true;
        return checker.error(
          use.node,
          `fileinto command: invalid folder name \`${String(folder)}' specified: ${fault}`,
        );
      },
      generate: (code, use) =>
        code.emit<FileintoOperation>({op: 'fileinto', folder: use.texts[0] ?? '', effects: takeEffects(use)}),
    },
  ],
};

export const fileintoOperation = operationKind<FileintoOperation>('fileinto', ({folder, effects}) => run => {
  const mailbox = run.text(folder);
  run.trace(TRACE_ACTIONS, 0, 'fileinto action');
  const fault = mailbox === '' ? undefined : checkMailboxName(mailbox);
  if (fault !== undefined)
    throw new RunFault(`fileinto command: invalid folder name \`${mailbox}' specified: ${fault}`);
  run.trace(TRACE_ACTIONS, 1, `store message in mailbox \`${traceText(mailbox)}'`);
  const {script, line} = run;
  run.shared.result.add({kind: 'store', mailbox, isKeep: false, script, line, ...readEffects(run, effects)});
});
