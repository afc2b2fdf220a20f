/** Pigeonhole's own extensions: vnd.dovecot.debug, vnd.dovecot.environment, vnd.dovecot.report. */
import {type Extension, hasTag, plainTag} from '../compile/language.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {parseSingleAddress} from '../message/single-address.ts';
import {RunFault} from '../run/fault.ts';
import {operationKind} from '../run/link.ts';
import {TRACE_ACTIONS} from '../run/trace.ts';

interface DebugOperation extends Operation {
  readonly op: 'debug_log';
  readonly message: Text;
}

export const debugExtension: Extension = {
  name: 'vnd.dovecot.debug',
  isOff: true,
  commands: [
    {
      name: 'debug_log',
      kind: 'command',
      positionals: 1,
      check: (checker, use) => checker.positional(use, 0, 'message', 'string'),
      generate: (code, use) => code.emit<DebugOperation>({op: 'debug_log', message: use.texts[0] ?? ''}),
    },
  ],
};

export const dovecotEnvironmentExtension: Extension = {
  name: 'vnd.dovecot.environment',
  isOff: true,
  implies: ['environment'],
};

interface ReportOperation extends Operation {
  readonly op: 'report';
  readonly feedback: Text;
  readonly message: Text;
  readonly address: Text;
  readonly headersOnly: boolean;
}

/** RFC 5965 section 3.1: an atom. */
function isFeedbackType(text: string): boolean {
  return /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+$/.test(text);
}

export const reportExtension: Extension = {
  name: 'vnd.dovecot.report',
  isOff: true,
  commands: [
    {
      name: 'report',
      kind: 'command',
      positionals: 3,
      tags: [plainTag('headers_only')],
      check(checker, use) {
        if (!checker.positional(use, 0, 'feedback-type', 'string')) return false;
        const [feedback = ''] = use.texts;
        const place = use.positionals[0] ?? use.node;
        if (isConstant(feedback) && !isFeedbackType(feedback))
          return checker.error(place, `specified feedback type \`${feedback}' is invalid`);
        if (!checker.positional(use, 1, 'message', 'string') || !checker.positional(use, 2, 'address', 'string'))
          return false;
        const address = use.texts[2] ?? '';
        const fault = isConstant(address) ? parseSingleAddress(address).fault : undefined;
        return (
          fault === undefined ||
          checker.error(place, `specified report address '${String(address)}' is invalid: ${fault}`)
        );
      },
      generate(code, use) {
        const [feedback = '', message = '', address = ''] = use.texts;
        code.emit<ReportOperation>({
          op: 'report',
          feedback,
          message,
          address,
          headersOnly: hasTag(use, 'headers_only'),
        });
      },
    },
  ],
};

export const dovecotOperations = [
  operationKind<DebugOperation>('debug_log', ({message}) => run => {
    const text = run.text(message);
    run.trace(TRACE_ACTIONS, 0, `debug_log "${text}"`);
    run.remark('info', `DEBUG: ${text}`);
  }),
  operationKind<ReportOperation>('report', operation => run => {
    run.trace(TRACE_ACTIONS, 0, 'report action');
    const feedback = run.text(operation.feedback);
    if (!isFeedbackType(feedback)) throw new RunFault(`specified report feedback type \`${feedback}' is invalid`);
    const written = run.text(operation.address);
    const {address, fault} = parseSingleAddress(written);
    if (address === undefined) throw new RunFault(`specified report address '${written}' is invalid: ${fault}`);
    run.trace(TRACE_ACTIONS, 1, `report incoming message as \`${feedback}' to address <${address}>`);
    const {headersOnly} = operation;
    const {script, line} = run;
    run.shared.result.add({
      kind: 'report',
      feedback,
      message: run.text(operation.message),
      to: address,
      headersOnly,
      script,
      line,
      copy: false,
    });
  }),
];
