/** The part of COMPATIBILITY.md that lists the parameters without effect, made from the registry. */
import {parameters, type ParameterName} from '../src/core/config/parameters.ts';

const START = '<!-- parameters without effect: written by npm run man -->\n';
const END = '<!-- end -->\n';

/** The page with its list as it should be. */
export function withEffectList(page: string): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)];
  if (start < 0 || end < start) throw new Error('COMPATIBILITY.md has no place for the list of parameters');
  return `${page.slice(0, start)}${START}${list()}${page.slice(end)}`;
}

function list(): string {
  const all = Object.keys(parameters) as ParameterName[]; // the registry's own keys
  const names = all.filter(name => !parameters[name].hasEffect).sort();
  return `\n${names.length} of ${all.length}: ${names.map(name => `\`${name}\``).join(', ')}.\n\n`;
}
