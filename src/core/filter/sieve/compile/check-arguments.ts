/** The arguments, sub-tests and block of one command, as its declaration wants them, in Pigeonhole's words. */
import type {Checker} from './checker.ts';
import type {Command, Kind, Tag, TagGroup, TagUse, Use} from './language.ts';
import {type Argument, describeArgument, type TagArgument} from './tree.ts';

interface Found {
  readonly tag: Tag;
  readonly group: TagGroup;
}

export function checkArguments(checker: Checker, use: Use): boolean {
  const {command, node} = use;
  const found = new Map<TagArgument, Found>();
  for (const argument of node.args) {
    if (argument.kind !== 'tag') continue;
    const known = findTagOf(checker, command, argument.name);
    if (known === undefined) return unknownTag(checker, command, argument);
    found.set(argument, known);
  }
  let at = 0;
  for (let argument = node.args[at]; argument?.kind === 'tag'; argument = node.args[at]) {
    const known = found.get(argument);
    if (known === undefined) return false;
    const next = takeTag(checker, use, argument, known, node.args[at + 1]);
    if (next === undefined) return false;
    at += next;
  }
  if (!use.tags.every(tag => tag.tag.finish?.(checker, use, tag) ?? true)) return false;
  return takePositionals(checker, use, node.args.slice(at));
}

function findTagOf(checker: Checker, command: Command, name: string): Found | undefined {
  for (const group of checker.tagsOf(command)) {
    const tag = group.find(name.toLowerCase(), checker);
    if (tag !== undefined) return {tag, group};
  }
  return undefined;
}

function unknownTag(checker: Checker, {name, kind}: Command, tag: TagArgument): false {
  if (checker.notesUnknownTag(name, tag.name))
    checker.error(
      tag,
      `unknown tagged argument ':${tag.name}' for the ${name} ${kind} (reported only once at first occurrence)`,
    );
  return false;
}

/** How many arguments the tag takes with it; undefined after an error. */
function takeTag(
  checker: Checker,
  use: Use,
  argument: TagArgument,
  {tag, group}: Found,
  parameter: Argument | undefined,
): number | undefined {
  const {name, kind} = use.command;
  if (group.isRepeatable !== true && use.tags.some(other => other.group === group)) {
    const what = group.className === undefined ? `:${tag.name} argument` : `${group.className} argument (:${tag.name})`;
    checker.error(argument, `encountered duplicate ${what} for the ${name} ${kind}`);
    return undefined;
  }
  const tagUse: TagUse = {tag, group, place: argument};
  use.tags.push(tagUse);
  if (tag.parameter !== undefined && !takeParameter(checker, use, tagUse, tag.parameter, parameter)) return undefined;
  if (tag.takes?.(checker, use, tagUse, parameter) === false) return undefined;
  if (tag.check?.(checker, use, tagUse) === false) return undefined;
  return tag.parameter === undefined && tag.takes === undefined ? 1 : 2;
}

function takeParameter(
  checker: Checker,
  use: Use,
  tagUse: TagUse,
  kind: Kind,
  parameter: Argument | undefined,
): boolean {
  const {command} = use;
  const wanted = `the :${tagUse.tag.name} tag for the ${command.name} ${command.kind} requires a ${kind} as parameter`;
  if (parameter === undefined) return checker.error(tagUse.place, `${wanted}, but no parameters were found`);
  if (parameter.kind === 'number' && kind === 'number') {
    tagUse.number = parameter.value;
    return true;
  }
  if (kind === 'string' && parameter.kind === 'string') {
    const text = checker.activate(parameter);
    if (text === undefined) return false;
    tagUse.text = text;
    return true;
  }
  if (kind === 'string list' && (parameter.kind === 'string' || parameter.kind === 'list')) {
    tagUse.texts = checker.texts(parameter.kind === 'list' ? parameter.items : [parameter]);
    return true;
  }
  return checker.error(parameter, `${wanted}, but ${describeArgument(parameter)} was found`);
}

function takePositionals(checker: Checker, use: Use, rest: readonly Argument[]): boolean {
  const {name, kind, positionals} = use.command;
  for (const argument of rest) {
    if (argument.kind === 'tag')
      return checker.error(
        argument,
        `encountered an unexpected tagged argument ':${argument.name}' while validating positional arguments for the ${name} ${kind}`,
      );
    use.positionals.push(argument);
  }
  if (positionals === undefined || positionals === rest.length) return true;
  return checker.error(
    use.node,
    `the ${name} ${kind} requires ${positionals} positional argument(s), but ${rest.length} is/are specified`,
  );
}

/** False when the sub-tests are not to be looked at. */
export function checkSubtests(checker: Checker, use: Use): boolean {
  const {node, command} = use;
  const [first] = node.tests;
  const what = `the ${command.name} ${command.kind}`;
  if (command.subtests === undefined) return first === undefined || noSubtests(checker, use, first);
  if (command.subtests === 'one') {
    if (first === undefined) return checker.error(node, `${what} requires one sub-test, but none is specified`);
    if (!node.isTestList) return true;
    return checker.error(node, `${what} requires one sub-test, but a list of tests is specified`);
  }
  if (first === undefined) return checker.error(node, `${what} requires a list of sub-tests, but none is specified`);
  if (node.isTestList) return true;
  return checker.error(node, `${what} requires a list of sub-tests, but a single test is specified`);
}

function noSubtests(checker: Checker, {node, command}: Use, first: {readonly name: string}): false {
  const what = `${command.name} ${command.kind}`;
  if (!node.isTestList && findTagOf(checker, command, first.name) !== undefined)
    return checker.error(node, `missing colon ':' before ':${first.name}' tag in ${what}`);
  const isTest = checker.findCommand(first.name)?.kind === 'test';
  if (!isTest) return checker.error(node, `missing semicolon ';' after ${what}`);
  return checker.error(node, `the ${what} accepts no sub-tests, but tests are specified`);
}

/** False when there is a block that is not to be looked at. */
export function checkBlock(checker: Checker, {node, command}: Use): boolean {
  const what = `the ${command.name} command`;
  if (command.block === 'required' && node.block === undefined)
    checker.error(node, `${what} requires a command block, but it is missing`);
  if (command.block === undefined && node.block !== undefined)
    return checker.error(node, `${what} does not accept a command block, but one is specified anyway`);
  return true;
}
