/** environment (RFC 5183), with Pigeonhole's own items and those of imapsieve (RFC 6785). */
import type {Extension} from '../compile/language.ts';
import {checkMatching, MATCH_TAGS, type Matching} from '../compile/match-tags.ts';
import type {Operation, Text} from '../compile/operand.ts';
import {environmentItem} from '../run/environment-item.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch} from '../run/match.ts';
import {TRACE_MATCHING, TRACE_TESTS} from '../run/trace.ts';

interface EnvironmentOperation extends Operation, Matching {
  readonly op: 'environment';
  readonly name: Text;
  readonly keys: readonly Text[];
}

export const environmentExtension: Extension = {
  name: 'environment',
  commands: [
    {
      name: 'environment',
      kind: 'test',
      positionals: 2,
      tags: MATCH_TAGS,
      check(checker, use) {
        if (!checker.positional(use, 0, 'name', 'string')) return false;
        if (!checker.positional(use, 1, 'key list', 'string list')) return false;
        use.found = checkMatching(checker, use, use.lists[0] ?? []);
        return use.found !== undefined;
      },
      generate: (code, use) =>
        code.emit<EnvironmentOperation>({
          op: 'environment',
          name: use.texts[0] ?? '',
          keys: use.lists[0] ?? [],
          ...(use.found as Matching), // put there by check
        }),
    },
  ],
};

export const environmentOperation = operationKind<EnvironmentOperation>('environment', operation => {
  const match = linkMatch(operation, operation.keys);
  return run => {
    run.trace(TRACE_TESTS, 0, 'environment test');
    const name = run.text(operation.name);
    const value = environmentItem(run.environment, name);
    if (value !== undefined) run.test = match(run, 'environment', [value], [name]);
    else {
      run.trace(TRACE_MATCHING, 1, `environment item \`${name}' not found`);
      run.test = false;
      run.tested(`environment ${name}`, run.texts(operation.keys), ['no such item']);
    }
  };
});
