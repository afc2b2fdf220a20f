/**
 * Which header fields a test looks at: those of the message, or with `:mime` those of the part at hand, with
 * `:anychild` of the parts below too (RFC 5703 section 4); `:index` picks one of several (RFC 5260 section 6).
 */
import {findTag, hasTag, type Use} from '../compile/language.ts';
import type {Text} from '../compile/operand.ts';
import type {HeaderBlock, MessagePart} from '../message/message.ts';
import {mimeOption} from '../message/mime-option.ts';
import type {Run, Step} from '../run/run.ts';
import {TRACE_MATCHING} from '../run/trace.ts';

export interface HeaderScope {
  readonly index?: number;
  readonly isLast?: boolean;
  readonly isMime?: boolean;
  readonly anyChild?: boolean;
  readonly option?: 'type' | 'subtype' | 'contenttype' | 'param';
  readonly params?: readonly Text[];
  readonly isRaw?: boolean;
}

const OPTIONS = ['type', 'subtype', 'contenttype', 'param'] as const;

export function readScope(use: Use): HeaderScope {
  const index = findTag(use, 'index')?.number;
  const option = OPTIONS.find(name => hasTag(use, name));
  const params = findTag(use, 'param')?.texts;
  return {
    ...(index === undefined ? {} : {index, isLast: hasTag(use, 'last')}),
    ...(hasTag(use, 'mime') ? {isMime: true, anyChild: hasTag(use, 'anychild')} : {}),
    ...(option === undefined ? {} : {option}),
    ...(params === undefined ? {} : {params}),
  };
}

/** A step that needs the message's parts waits for them. */
export function withParts(scope: HeaderScope, step: Step): Step {
  return scope.isMime === true ? async run => step(await loadParts(run)) : step;
}

export async function loadParts(run: Run): Promise<Run> {
  run.shared.root ??= await run.message.structure();
  return run;
}

export function traceScope(run: Run, {index, isLast, isMime, anyChild, option}: HeaderScope): void {
  if (isMime === true) {
    run.trace(TRACE_MATCHING, 1, 'header mime override:');
    run.trace(TRACE_MATCHING, 2, `headers from current mime part${anyChild === true ? ' and children' : ''}`);
    if (option !== undefined) run.trace(TRACE_MATCHING, 2, `extract mime ${OPTION_NAMES[option]} from header value`);
  }
  if (index !== undefined)
    run.trace(
      TRACE_MATCHING,
      1,
      `header index override: only returning index ${index}${isLast === true ? ' (from last)' : ''}`,
    );
}

const OPTION_NAMES = {type: 'type', subtype: 'subtype', contenttype: 'contenttype', param: 'parameters'} as const;

/** The values of the named fields, one at a time. */
export function* fieldValues(run: Run, names: readonly string[], scope: HeaderScope, traces = true): Iterable<string> {
  for (const name of names) {
    if (isPlain(scope) && !run.isTraced) {
      yield* scope.isRaw === true ? run.message.rawValues(name) : run.message.values(name);
      continue;
    }
    const where = scope.isMime === true && (scope.anyChild === true || run.part !== undefined) ? ' part' : '';
    for (let times = scope.isLast === true ? 2 : 1; traces && times > 0; times--)
      // seen: from the end it looks twice
      run.trace(TRACE_MATCHING, 1, `extracting \`${name}' headers from message${where}`);
    yield* pick(valuesOf(run, name, scope, traces), scope);
  }
}

/** All fields of the message's own header. */
function isPlain({index, isMime, option}: HeaderScope): boolean {
  return index === undefined && isMime !== true && option === undefined;
}

function* valuesOf(run: Run, name: string, scope: HeaderScope, traces: boolean): Iterable<string> {
  for (const [index, block] of blocks(run, scope).entries()) {
    if (traces && index > 0) run.trace(TRACE_MATCHING, 1, 'moving to next message part');
    const isRaw = scope.isRaw === true || scope.option !== undefined;
    for (const value of isRaw ? block.rawValues(name) : block.values(name)) yield* optionOf(run, value, name, scope);
  }
}

function* optionOf(run: Run, value: string, name: string, {option, params = []}: HeaderScope): Iterable<string> {
  if (option === undefined) return yield value;
  const trace = (text: string): void => run.trace(TRACE_MATCHING, 1, text);
  yield* mimeOption(name, value, option, run.texts(params), trace);
}

function blocks(run: Run, scope: HeaderScope): readonly HeaderBlock[] {
  if (scope.isMime !== true) return [run.message];
  const part = run.part ?? run.shared.root;
  if (part === undefined) return [run.message];
  return scope.anyChild === true ? withChildren(part).map(({headers}) => headers) : [part.headers];
}

/** A part and all below it, in order. */
export function withChildren(part: MessagePart): MessagePart[] {
  const found: MessagePart[] = [];
  const open = [part];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    found.push(next);
    for (let at = next.parts.length - 1; at >= 0; at--) {
      const child = next.parts[at];
      if (child !== undefined) open.push(child);
    }
  }
  return found;
}

function* pick(values: Iterable<string>, {index, isLast}: HeaderScope): Iterable<string> {
  if (index === undefined) return yield* values;
  const all = [...values];
  const value = isLast === true ? all[all.length - index] : all[index - 1];
  if (value !== undefined) yield value;
}
