/** The body test (RFC 5173). */
import {loadParts, withChildren} from '../commands/header-scope.ts';
import {type Extension, findTag, hasTag, type Tag, type TagGroup} from '../compile/language.ts';
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

const TAGS: readonly Tag[] = [{name: 'raw'}, {name: 'text'}, {name: 'content', parameter: 'string list'}];
const transformTag: TagGroup = {find: name => TAGS.find(tag => tag.name === name)};

export const bodyExtension: Extension = {
  name: 'body',
  commands: [
    {
      name: 'body',
      kind: 'test',
      positionals: 1,
      tags: [...MATCH_TAGS, transformTag],
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

/** The contents of the types that are wanted, in the order they stand in the message; what is nothing is left out. */
function* contents(part: MessagePart, types: readonly string[]): Iterable<string> {
  const isWanted = types.some(type => fitsType(part.type, type));
  const isMultipart = part.type.startsWith('multipart/') && part.around.length > 0;
  const [before = '', behind] = part.around;
  if (isWanted && isMultipart && before !== '') yield before;
  else if (isWanted && !isMultipart && part.raw() !== '')
    yield part.type === 'message/rfc822' ? headerText(part) : part.text();
  for (const child of part.parts) yield* contents(child, types);
  if (isWanted && behind !== undefined) yield behind;
}

/** Of an enclosed message the header; its parts come by themselves. */
function headerText(part: MessagePart): string {
  const raw = part.raw();
  const end = /\r?\n\r?\n/.exec(raw);
  const header = end === null ? raw : `${raw.slice(0, end.index)}\n`;
  return header.replace(/\r?\n/g, '\r\n');
}

function* readable(parts: readonly MessagePart[]): Iterable<string> {
  for (const part of parts) if (part.type.startsWith('text/') && part.raw() !== '') yield part.plain();
}

async function values(run: Run, {transform, types}: BodyOperation): Promise<Iterable<string>> {
  if (transform === 'raw') return [await run.message.rawBody()].filter(body => body !== '');
  await loadParts(run);
  const {root} = run.shared;
  if (root === undefined) return [];
  return transform === 'text' ? readable(withChildren(root)) : contents(root, run.texts(types));
}

export const bodyOperation = operationKind<BodyOperation>('body', operation => {
  const match = linkMatch(operation, operation.keys);
  return async run => {
    run.trace(TRACE_TESTS, 0, 'body test');
    run.test = match(run, 'body', await values(run, operation));
  };
});
