/** The envelope test (RFC 5228 section 5.4), with what envelope-dsn (RFC 6009) adds to its parts. */
import type {Extension, Use} from '../compile/language.ts';
import {addressPartOf, addressPartTag, checkMatching, MATCH_TAGS, type Matching} from '../compile/match-tags.ts';
import {isConstant, type Operation, type Text} from '../compile/operand.ts';
import {addressPart, splitAddress} from '../message/header-address.ts';
import type {Envelope} from '../run/environment.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch, traceText} from '../run/match.ts';
import type {Run} from '../run/run.ts';
import {TRACE_MATCHING, TRACE_TESTS} from '../run/trace.ts';

interface EnvelopeOperation extends Operation, Matching {
  readonly op: 'envelope';
  readonly names: readonly Text[];
  readonly keys: readonly Text[];
  readonly part: string;
}

interface EnvelopePart {
  readonly isAddress: boolean;
  /** Parts that only this extension brings. */
  readonly extension?: string;
  value(envelope: Envelope): string | undefined;
}

const PARTS: ReadonlyMap<string, EnvelopePart> = new Map<string, EnvelopePart>([
  ['from', {isAddress: true, value: ({from}) => from}],
  ['to', {isAddress: true, value: ({originalTo}) => originalTo}],
  ['auth', {isAddress: false, value: ({auth}) => auth}],
  ['notify', {isAddress: false, extension: 'envelope-dsn', value: ({dsn}) => dsn?.notify}],
  ['orcpt', {isAddress: false, extension: 'envelope-dsn', value: ({dsn}) => dsn?.originalRecipient}],
  ['ret', {isAddress: false, extension: 'envelope-dsn', value: ({dsn}) => dsn?.ret}],
  ['envid', {isAddress: false, extension: 'envelope-dsn', value: ({dsn}) => dsn?.envelopeId}],
]);

export const envelopeExtension: Extension = {
  name: 'envelope',
  needsEnvelope: true,
  commands: [
    {
      name: 'envelope',
      kind: 'test',
      positionals: 2,
      tags: [addressPartTag, ...MATCH_TAGS],
      check(checker, use) {
        if (!checker.positional(use, 0, 'envelope part', 'string list')) return false;
        const place = use.positionals[0] ?? use.node;
        for (const name of use.lists[0] ?? []) {
          if (!isConstant(name)) continue;
          const part = PARTS.get(name.toLowerCase());
          if (part === undefined || (part.extension !== undefined && !checker.has(part.extension)))
            return checker.error(place, `specified envelope part '${name}' is not supported by the envelope test`);
          if (!part.isAddress && hasAddressPart(use))
            return checker.error(
              place,
              `address part ':${addressPartOf(use)}' specified while non-address envelope part '${name}' is tested with the envelope test`,
            );
        }
        if (!checker.positional(use, 1, 'key list', 'string list')) return false;
        use.found = checkMatching(checker, use, use.lists[1] ?? []);
        return use.found !== undefined;
      },
      generate(code, use) {
        const [names = [], keys = []] = use.lists;
        const matching = use.found as Matching; // put there by check
        code.emit<EnvelopeOperation>({op: 'envelope', names, keys, part: addressPartOf(use), ...matching});
      },
    },
  ],
};

function hasAddressPart(use: Use): boolean {
  return use.tags.some(({group}) => group === addressPartTag);
}

function* partValues(run: Run, names: readonly string[], part: string): Iterable<string> {
  const delimiters = run.environment.setting('recipient_delimiter') ?? '+';
  for (const name of names) {
    run.trace(TRACE_MATCHING, 1, `getting \`${name}' part from message envelope`);
    const found = PARTS.get(name.toLowerCase());
    const value = found?.value(run.environment.envelope);
    if (found === undefined || value === undefined) continue;
    if (!found.isAddress) {
      run.trace(TRACE_MATCHING, 1, `extracting \`${part}' part from non-address value \`${traceText(value)}'`);
      yield value;
      continue;
    }
    if (value === '') {
      if (part === 'all' || part === 'localpart' || part === 'domain') yield '';
      continue;
    }
    run.trace(TRACE_MATCHING, 1, `extracting \`${part}' part from address <${traceText(value)}>`);
    const piece = addressPart(splitAddress(value), part, delimiters);
    if (piece !== undefined) yield piece;
  }
}

export const envelopeOperation = operationKind<EnvelopeOperation>('envelope', operation => {
  const match = linkMatch(operation, operation.keys);
  return run => {
    run.trace(TRACE_TESTS, 0, 'envelope test');
    const names = run.texts(operation.names);
    run.test = match(run, 'envelope', partValues(run, names, operation.part), names);
  };
});
