/**
 * `$name` in forward_path, luser_relay, command_execution_directory and pipe(8)'s arguments, in the forms of main.cf. What a
 * name stands for comes from the mail: it is not expanded again, and a filter of harmless characters cleans it where it
 * may meet a shell or the file system.
 */
import {ExpansionFault} from '../base/errors.ts';
import {expand} from '../config/expand.ts';

export interface TemplateRules {
  /** The value; undefined and '' count as not defined. */
  value(name: string): string | undefined;
  /** Characters a value may have; others become `_`. All, when it is undefined. */
  readonly allowed?: string | undefined;
}

export interface Expansion {
  readonly text: string;
  /** A plain name had no value: the text is no good for what must be whole (a path of forward_path). */
  readonly isIncomplete: boolean;
  /** Names that were asked for. */
  readonly names: ReadonlySet<string>;
  /** What is wrong with the template itself, in the original's words. */
  readonly problem: string | undefined;
}

export function expandTemplate(template: string, rules: TemplateRules): Expansion {
  const names = new Set<string>();
  let isIncomplete = false;
  const lookup = (name: string, isTested?: boolean): string => {
    names.add(name);
    const value = rules.value(name) ?? '';
    if (value === '' && isTested !== true) isIncomplete = true;
    const clean = rules.allowed === undefined ? value : keepAllowed(value, rules.allowed);
    return clean.replaceAll('$', '$$$$'); // one dollar again, once it is expanded
  };
  try {
    const text = expand(template, lookup);
    return {text, isIncomplete, names, problem: undefined};
  } catch (fault) {
    if (!(fault instanceof ExpansionFault)) throw fault;
    return {text: '', isIncomplete, names, problem: fault.message};
  }
}

/** Characters that are not allowed become `_`. */
export function keepAllowed(value: string, allowed: string): string {
  let out = '';
  for (const character of value) out += allowed.includes(character) ? character : '_';
  return out;
}
