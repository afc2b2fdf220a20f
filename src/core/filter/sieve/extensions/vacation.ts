/** vacation (RFC 5230) and vacation-seconds (RFC 6131): what is answered; whether, is decided when it is carried out. */
import {takeFcc, type FccOperands, readFcc} from '../commands/fcc.ts';
import type {Checker} from '../compile/checker.ts';
import {
  type Extension,
  findTag,
  hasTag,
  plainTag,
  type Tag,
  tagGroup,
  type TagUse,
  type Use,
} from '../compile/language.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {parseSingleAddress} from '../message/single-address.ts';
import {operationKind} from '../run/link.ts';
import {traceText} from '../run/match.ts';
import {TRACE_ACTIONS} from '../run/trace.ts';

interface VacationOperation extends Operation, FccOperands {
  readonly op: 'vacation';
  readonly message: Text;
  readonly seconds: number;
  readonly subject: Text | undefined;
  readonly from: Text | undefined;
  readonly addresses: readonly Text[];
  readonly isMime: boolean;
  readonly handle: Text | undefined;
}

const DAY = 86_400;

function periodTag(name: 'days' | 'seconds', unit: number): Tag {
  return {
    name,
    parameter: 'number',
    check(checker, _use, tag) {
      const {number: value = 0} = tag;
      const {minSeconds, maxSeconds} = checker.settings.vacation;
      const seconds = value * unit;
      if (seconds < minSeconds) {
        checker.warning(tag.place, `specified :${name} value '${value}' is under the minimum`);
        tag.number = minSeconds;
      } else if (maxSeconds > 0 && seconds > maxSeconds) {
        checker.warning(tag.place, `specified :${name} value '${value}' is over the maximum`);
        tag.number = maxSeconds;
      } else tag.number = seconds;
      return true;
    },
  };
}

const DAYS = periodTag('days', DAY);
const SECONDS = periodTag('seconds', 1);

/** One period, in days or, with its extension, in seconds. */
const periodGroup = {
  find(name: string, checker: Checker): Tag | undefined {
    if (name === 'days') return DAYS;
    return name === 'seconds' && checker.has('vacation-seconds') ? SECONDS : undefined;
  },
};

const fromTag = tagGroup({
  name: 'from',
  parameter: 'string',
  check(checker, _use, {text = '', place}) {
    const fault = isConstant(text) ? parseSingleAddress(text).fault : undefined;
    if (fault === undefined) return true;
    return checker.error(place, `specified :from address '${String(text)}' is invalid for vacation action: ${fault}`);
  },
});

export const vacationExtension: Extension = {
  name: 'vacation',
  needsEnvelope: true,
  commands: [
    {
      name: 'vacation',
      kind: 'command',
      positionals: 1,
      tags: [
        periodGroup,
        plainTag('subject', 'string'),
        fromTag,
        plainTag('addresses', 'string list'), // seen: what is no address is passed over in silence
        plainTag('mime'),
        plainTag('handle', 'string'),
      ],
      check: (checker, use) => checker.positional(use, 0, 'reason', 'string'),
      generate(code, use) {
        code.emit<VacationOperation>({
          op: 'vacation',
          message: use.texts[0] ?? '',
          seconds: period(use) ?? DEFAULT_SECONDS,
          subject: findTag(use, 'subject')?.text,
          from: findTag(use, 'from')?.text,
          addresses: findTag(use, 'addresses')?.texts ?? [],
          isMime: hasTag(use, 'mime'),
          handle: findTag(use, 'handle')?.text,
          ...takeFcc(use),
        });
      },
    },
  ],
};

const DEFAULT_SECONDS = -1; // sieve_vacation_default_period, asked for when the script runs

function period(use: Use): number | undefined {
  const tag: TagUse | undefined = findTag(use, 'days') ?? findTag(use, 'seconds');
  return tag?.number;
}

export const vacationSecondsExtension: Extension = {name: 'vacation-seconds', isOff: true, implies: ['vacation']};

export const vacationOperation = operationKind<VacationOperation>('vacation', operation => run => {
  const message = run.text(operation.message);
  const optional = (text: Text | undefined): string | undefined => (text === undefined ? undefined : run.text(text));
  run.trace(TRACE_ACTIONS, 0, 'vacation action');
  run.trace(TRACE_ACTIONS, 1, `auto-reply with message \`${traceText(message)}'`);
  const subject = optional(operation.subject);
  const from = optional(operation.from);
  const {isMime} = operation;
  const derived = `${message}${subject ?? '<default-subject>'}${from ?? '<default-from>'}${isMime ? '<MIME>' : '<NO-MIME>'}`;
  run.shared.result.add({
    kind: 'vacation',
    message,
    seconds: operation.seconds === DEFAULT_SECONDS ? run.environment.vacationSeconds : operation.seconds,
    subject,
    from,
    addresses: run.texts(operation.addresses),
    isMime,
    handle: optional(operation.handle) ?? derived,
    fcc: readFcc(run, operation),
    script: run.script,
    line: run.line,
    copy: false,
  });
});
