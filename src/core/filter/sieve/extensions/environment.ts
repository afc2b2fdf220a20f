/** environment (RFC 5183), with Pigeonhole's own items and those of imapsieve (RFC 6785). */
import type {Extension} from '../compile/language.ts';
import {checkMatching, MATCH_TAGS, type Matching} from '../compile/match-tags.ts';
import type {Operation, Text} from '../compile/operand.ts';
import {version} from '../../../base/version.ts';
import type {RunEnvironment} from '../run/environment.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch} from '../run/match.ts';
import {TRACE_MATCHING, TRACE_TESTS} from '../run/trace.ts';

interface EnvironmentOperation extends Operation, Matching {
  readonly op: 'environment';
  readonly name: Text;
  readonly keys: readonly Text[];
}

type Item = (environment: RunEnvironment) => string | undefined;

const ITEMS: ReadonlyMap<string, Item> = new Map<string, Item>([
  ['domain', ({domain}) => domain],
  ['host', ({hostName}) => hostName],
  ['location', ({location}) => location],
  ['phase', ({phase}) => phase],
  ['name', () => 'Pigeonhole Sieve'],
  ['version', () => version],
]);

/** Pigeonhole's own, once its extension is required. */
const OWN_ITEMS: typeof ITEMS = new Map<string, Item>([
  ['vnd.dovecot.default-mailbox', ({defaultMailbox}) => defaultMailbox],
  ['vnd.dovecot.username', ({user}) => user],
]);

function itemValue(environment: RunEnvironment, name: string): string | undefined {
  const lower = name.toLowerCase();
  const own = ITEMS.get(lower) ?? OWN_ITEMS.get(lower);
  if (own !== undefined) return own(environment);
  const config = 'vnd.dovecot.config.';
  if (lower.startsWith(config)) return environment.setting(`sieve_env_${lower.slice(config.length)}`);
  return environment.imap?.get(lower);
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
    const value = itemValue(run.environment, name);
    if (value !== undefined) run.test = match(run, 'environment', [value]);
    else {
      run.trace(TRACE_MATCHING, 1, `environment item \`${name}' not found`);
      run.test = false;
    }
  };
});
