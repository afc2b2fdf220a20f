/** ihave (RFC 5463): the test for extensions, and `error`. */
import type {Extension} from '../compile/language.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {RunFault} from '../run/fault.ts';
import {operationKind} from '../run/link.ts';
import {TRACE_ACTIONS, TRACE_MATCHING, TRACE_TESTS} from '../run/trace.ts';

interface IhaveOperation extends Operation {
  readonly op: 'ihave';
  readonly names: readonly Text[];
  readonly missing: readonly string[];
}

interface ErrorOperation extends Operation {
  readonly op: 'error';
  readonly message: Text;
}

export const ihaveExtension: Extension = {
  name: 'ihave',
  commands: [
    {
      name: 'ihave',
      kind: 'test',
      positionals: 1,
      check(checker, use) {
        if (!checker.positional(use, 0, 'capabilities', 'string list')) return false;
        const names = (use.lists[0] ?? []).filter(isConstant);
        const missing = names.filter(name => checker.knows(name) === undefined);
        use.found = missing;
        for (const name of missing) checker.missing.add(name);
        for (const name of missing.length === 0 ? names : []) {
          const extension = checker.knows(name);
          if (extension !== undefined && !checker.load(extension, use.node)) return false;
        }
        return true;
      },
      constant: ({found}) => ((found as readonly string[]).length > 0 ? false : undefined), // put there by check
      generate: (code, use) =>
        code.emit<IhaveOperation>({op: 'ihave', names: use.lists[0] ?? [], missing: use.found as readonly string[]}),
    },
    {
      name: 'error',
      kind: 'command',
      positionals: 1,
      exits: true,
      check: (checker, use) => checker.positional(use, 0, 'message', 'string'),
      generate: (code, use) => code.emit<ErrorOperation>({op: 'error', message: use.texts[0] ?? ''}),
    },
  ],
};

export const ihaveOperations = [
  operationKind<IhaveOperation>('ihave', ({names, missing}) => run => {
    run.trace(TRACE_TESTS, 0, 'ihave test');
    for (const name of run.texts(names)) {
      const isThere = !missing.includes(name);
      run.trace(TRACE_MATCHING, 1, `extension \`${name}' ${isThere ? 'available' : 'not available'}`);
    }
    run.test = missing.length === 0;
    run.tested(
      'ihave',
      run.texts(names),
      missing.map(name => `no ${name}`),
    );
  }),
  operationKind<ErrorOperation>('error', ({message}) => run => {
    const text = run.text(message);
    run.trace(TRACE_ACTIONS, 0, `error "${text}"`);
    throw new RunFault(text);
  }),
];
