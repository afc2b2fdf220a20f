/** The body test (RFC 5173). */
import {loadParts, withChildren} from '../commands/header-scope.ts';
import {type Extension, findTag, hasTag, type TagGroup, type Use} from '../compile/language.ts';
import {checkMatching, MATCH_TAGS, type Matching} from '../compile/match-tags.ts';
import type {Operation, Text} from '../compile/operand.ts';
import type {MessagePart} from '../message/message.ts';
import {operationKind} from '../run/link.ts';
import {linkMatch} from '../run/match.ts';
import type {Run} from '../run/run.ts';
import {TRACE_TESTS} from '../run/trace.ts';

type Transform = 'raw' | 'text' | 'content';

interface BodyOperation extends Operation, Matching {
  readonly op: 'body';
  readonly transform: Transform;
  readonly types: readonly Text[];
  readonly keys: readonly Text[];
}

const TRANSFORMS: readonly Transform[] = ['raw', 'text', 'content'];

function transformTag(name: Transform): TagGroup {
  const tag = {
    name,
    ...(name === 'content' ? {parameter: 'string list' as const} : {}),
    check(checker: Parameters<NonNullable<Extension['load']>>[0], use: Use): boolean {
      if (use.tags.filter(other => TRANSFORMS.includes(other.tag.name as Transform)).length < 2) return true;
      return checker.error(use.node, 'the :raw, :content and :text arguments for the body test are mutually exclusive, but more than one was specified');
    },
  };
  return {find: wanted => (wanted === name ? tag : undefined)};
}

export const bodyExtension: Extension = {
  name: 'body',
  commands: [
    {
      name: 'body',
      kind: 'test',
      positionals: 1,
      tags: [...MATCH_TAGS, ...TRANSFORMS.map(transformTag)],
      check(checker, use) {
        if (!checker.positional(use, 0, 'key list', 'string list')) return false;
        use.found = checkMatching(checker, use, use.lists[0] ?? []);
        return use.found !== undefined;
      },
      generate(code, use) {
        const transform = TRANSFORMS.find(name => hasTag(use, name)) ?? 'text';
        const types = findTag(use, 'content')?.texts ?? [];
        const matching = use.found as Matching; // put there by check
        code.emit<BodyOperation>({op: 'body', transform, types, keys: use.lists[0] ?? [], ...matching});
      },
    },
  ],
};

/** RFC 5173 section 5.2: '' is every type, `text` all kinds of it, `text/html` one. */
function fitsType(type: string, wanted: string): boolean {
  const lower = wanted.toLowerCase();
  return lower === '' || type === lower || (!lower.includes('/') && type.startsWith(`${lower}/`));
}

/** Blanks and line ends at the end are not compared. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && '\r\n'.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

function* contents(parts: readonly MessagePart[], types: readonly string[]): Iterable<string> {
  for (const part of parts) {
    if (!types.some(type => fitsType(part.type, type))) continue;
    if (part.type.startsWith('multipart/')) for (const text of part.around) yield trimEnd(text);
    else if (part.type === 'message/rfc822') yield headerText(part);
    else yield part.text();
  }
}

function headerText(part: MessagePart): string {
  const raw = part.raw();
  const end = /\r?\n\r?\n/.exec(raw);
  return end === null ? raw : raw.slice(0, end.index + end[0].length);
}

function* readable(parts: readonly MessagePart[]): Iterable<string> {
  for (const part of parts) if (part.type.startsWith('text/')) yield part.plain();
}

async function values(run: Run, {transform, types}: BodyOperation): Promise<Iterable<string>> {
  if (transform === 'raw') return [await run.message.rawBody()];
  await loadParts(run);
  const parts = run.shared.root === undefined ? [] : withChildren(run.shared.root);
  return transform === 'text' ? readable(parts) : contents(parts, run.texts(types));
}

export const bodyOperation = operationKind<BodyOperation>('body', operation => {
  const match = linkMatch(operation, operation.keys);
  return async run => {
    run.trace(TRACE_TESTS, 0, 'body test');
    run.test = match(run, 'body', await values(run, operation));
  };
});
