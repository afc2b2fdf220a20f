/** The actions of the base language: keep, discard, redirect (RFC 5228 section 4). */
import {parseSingleAddress} from '../message/single-address.ts';
import type {Command} from '../compile/language.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {RunFault} from '../run/fault.ts';
import {operationKind} from '../run/link.ts';
import {TRACE_ACTIONS} from '../run/trace.ts';
import {readEffects, type SideEffects, takeEffects} from './side-effects.ts';

interface KeepOperation extends Operation {
  readonly op: 'keep';
  readonly effects: SideEffects;
}

export const keepCommand: Command = {
  name: 'keep',
  kind: 'command',
  positionals: 0,
  generate: (code, use) => code.emit<KeepOperation>({op: 'keep', effects: takeEffects(use)}),
};

export const discardCommand: Command = {
  name: 'discard',
  kind: 'command',
  positionals: 0,
  generate: code => code.emit({op: 'discard'}),
};

interface RedirectOperation extends Operation {
  readonly op: 'redirect';
  readonly address: Text;
  readonly effects: SideEffects;
  readonly notify: Text | undefined;
  readonly ret: Text | undefined;
}

export const redirectCommand: Command = {
  name: 'redirect',
  kind: 'command',
  positionals: 1,
  check(checker, use) {
    if (!checker.positional(use, 0, 'address', 'string')) return false;
    const [text = ''] = use.texts;
    const [argument] = use.positionals;
    if (use.tags.some(({tag}) => tag.name === 'list')) return true;
    const parsed = isConstant(text) ? parseSingleAddress(text) : undefined;
    if (parsed?.fault !== undefined)
      return checker.error(
        argument ?? use.node,
        `specified redirect address '${String(text)}' is invalid: ${parsed.fault}`,
      );
    return true;
  },
  generate(code, use) {
    const tag = (name: string): Text | undefined => use.tags.find(({tag: {name: other}}) => other === name)?.text;
    const [address = ''] = use.texts;
    code.emit<RedirectOperation>({
      op: 'redirect',
      address,
      effects: takeEffects(use),
      notify: tag('notify'),
      ret: tag('ret'),
    });
  },
};

export const actionOperations = [
  operationKind<KeepOperation>('keep', ({effects}) => run => {
    run.trace(TRACE_ACTIONS, 0, 'keep action; store message in default mailbox');
    const {flags, create, specialUse, mailboxId} = readEffects(run, effects);
    run.shared.result.add({
      kind: 'store',
      mailbox: run.environment.defaultMailbox,
      isKeep: true,
      script: run.script,
      line: run.line,
      copy: false,
      flags,
      create,
      specialUse,
      mailboxId,
    });
  }),
  operationKind<Operation>('discard', () => run => {
    run.trace(TRACE_ACTIONS, 0, 'discard action; cancel implicit keep');
    run.shared.result.add({kind: 'discard', script: run.script, line: run.line, copy: false});
  }),
  operationKind<RedirectOperation>('redirect', ({address, effects, notify, ret}) => run => {
    const written = run.text(address);
    const {address: parsed, fault} = parseSingleAddress(written);
    if (parsed === undefined) throw new RunFault(`specified redirect address '${written}' is invalid: ${fault ?? ''}`);
    if (run.environment.maxRedirects === 0) throw new RunFault('local policy prohibits the use of a redirect action');
    run.trace(TRACE_ACTIONS, 0, 'redirect action');
    run.trace(TRACE_ACTIONS, 1, `forward message to address <${parsed}>`);
    run.shared.result.add({
      kind: 'redirect',
      address: parsed,
      script: run.script,
      line: run.line,
      copy: readEffects(run, effects).copy,
      dsnNotify: notify && run.text(notify),
      dsnRet: ret && run.text(ret),
    });
  }),
];
