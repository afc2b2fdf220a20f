/**
 * Finds what is wrong in an rc file, or probably not meant, without running it: for `posthorn doctor` and whoever writes one.
 * procmail itself passes over most of this in silence. Pure; findings in the order of their lines.
 */
import {expandMacros} from './macros.ts';
import {compilePattern} from './pattern-syntax.ts';
import {parseRecipes} from './rc-parser.ts';
import type {Action, Condition, RcItem, Recipe, Words} from './rc-tree.ts';
import {type Flags, readHeader} from './recipe-header.ts';
import {skipWords} from './words.ts';

export interface RecipeFinding {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export function checkRecipes(text: string): RecipeFinding[] {
  const findings: RecipeFinding[] = [];
  checkItems(parseRecipes(text), (line, what) => findings.push({line, text: what}));
  return findings.sort((a, b) => a.line - b.line);
}

type Report = (line: number, text: string) => void;

function checkItems(items: readonly RcItem[], report: Report): void {
  for (const item of items)
    switch (item.kind) {
      case 'skipped':
        report(item.line, `this is neither an assignment nor a recipe and is skipped: "${item.text}"`);
        break;
      case 'stray-brace':
        report(item.line, 'this closing brace closes nothing');
        break;
      case 'assignment':
        if (item.value !== undefined) checkWords(item.value, item.line, report);
        break;
      case 'recipe':
        checkRecipe(item, report);
    }
}

function checkWords({complaints}: Words, line: number, report: Report): void {
  for (const complaint of complaints)
    report(line, complaint === 'Unexpected EOL' ? 'a quote is opened and not closed' : complaint);
}

function checkRecipe({line, header, conditions, action}: Recipe, report: Report): void {
  checkWords(header, line, report);
  const {flags, locks, leftover} = readHeader(skipWords(header.source, 0, 'words').text);
  if (leftover !== '' && !header.source.includes('$'))
    report(line, `what follows the flags can't be read and is skipped: "${leftover}"`);
  if (flags.has('e') && (flags.has('E') || flags.has('a'))) report(line, 'flag e rules out the flags E and a');
  for (const condition of conditions) checkCondition(condition, report);
  checkAction(action, flags, locks, report);
}

/** `!`, `w^x`, `NAME ??`: what may stand before the test itself. */
const PREFIX = /^(?:!|[-+]?[\d.,]+[ \t]*\^[ \t]*[-+]?[\d.,]+|[A-Za-z_]\w*[ \t]*\?\?)[ \t]*/;

function checkCondition({line, text}: Condition, report: Report): void {
  let test = text.trimEnd();
  for (let prefix = PREFIX.exec(test); prefix !== null; prefix = PREFIX.exec(test)) test = test.slice(prefix[0].length);
  if (test.startsWith('$') || test.startsWith('?')) return;
  if (/^[<>]/.test(test)) return checkSize(test, line, report);
  const source = test.replace(/^\\/, '');
  if (!compilePattern(expandMacros(source).text, false).isValid)
    report(line, `a parenthesis is missing or too many in "${source}"`);
  if (/[ \t]#[ \t]/.test(source)) report(line, 'a condition has no comments: the "#" and what follows is searched for');
}

function checkSize(test: string, line: number, report: Report): void {
  const sign = test.charAt(0);
  const rest = test.slice(1).trim();
  if (/^(?:[-+]?\d+|"?\$\{?\w+\}?"?)$/.test(rest)) return;
  report(
    line,
    `"${sign}" at the beginning of a condition compares the size of the message, and "${rest}" is no number; ` +
      `to search for the text write "[${sign}]${rest}"`,
  );
}

function checkAction(action: Action, flags: Flags, locks: boolean, report: Report): void {
  const {line} = action;
  switch (action.kind) {
    case 'missing':
    case 'incomplete':
      return report(line, 'this recipe has no action line');
    case 'block':
      if (!action.isClosed) report(line, 'this block is not closed');
      if (locks && !flags.has('c')) report(line, 'a lock file on a block is released before the block is run');
      return checkItems(action.items, report);
    case 'folder':
      checkWords(action.rest, line, report);
      if (flags.has('f')) report(line, 'flag f is for programs: a folder is no filter');
      return checkLoss(flags, line, report);
    case 'forward':
      checkWords(action.addresses, line, report);
      return checkLoss(flags, line, report);
    case 'pipe':
      if (action.capture === undefined && !flags.has('f')) checkLoss(flags, line, report);
  }
}

/** procmailrc(5) CAVEATS: what is not delivered of a delivered message is gone. */
function checkLoss(flags: Flags, line: number, report: Report): void {
  if (flags.has('c') || flags.has('h') === flags.has('b')) return;
  report(line, `only the ${flags.has('h') ? 'header' : 'body'} is delivered, the rest of the message is lost`);
}
