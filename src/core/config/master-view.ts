/** master.cf as `postconf -M`, `-F` and `-P` print it. */
import {overridesOf, type ServiceEntry} from './master-cf.ts';

interface ViewMode {
  readonly folds: boolean;
  readonly hidesNames: boolean;
  readonly hidesValues: boolean;
}

interface Answer {
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

export function masterLines(
  services: readonly ServiceEntry[],
  what: 'services' | 'fields' | 'parameters',
  patterns: readonly string[],
  mode: ViewMode,
): Answer {
  const warnings: string[] = [];
  const lines: string[] = [];
  for (const pattern of patterns.length === 0 ? ['*/*/*'] : patterns) {
    const [name = '*', type = '*', third = '*'] = pattern.split('/');
    const found = services.filter(service => fits(service.name, name) && fits(service.type, type));
    if (found.length === 0 && patterns.length > 0) warnings.push(`unmatched request: "${pattern}"`);
    for (const service of found) lines.push(...linesOf(service, what, third, mode));
  }
  return {lines, warnings};
}

function fits(value: string, pattern: string): boolean {
  return pattern === '*' || pattern === value;
}

function linesOf(
  service: ServiceEntry,
  what: 'services' | 'fields' | 'parameters',
  wanted: string,
  mode: ViewMode,
): string[] {
  if (what === 'services') return [serviceLine(service, mode.folds)];
  const rows = what === 'fields' ? fieldsOf(service) : [...overridesOf(service.args)];
  return rows
    .filter(([name]) => fits(name, wanted))
    .map(([name, value]) => {
      const title = `${service.name}/${service.type}/${name}`;
      if (mode.hidesValues) return `${title}\n`;
      return mode.hidesNames ? `${value}\n` : `${title} = ${value}\n`;
    });
}

function fieldsOf(service: ServiceEntry): (readonly [string, string])[] {
  return [
    ['service', service.name],
    ['type', service.type],
    ['private', service.isPrivate],
    ['unprivileged', service.unprivileged],
    ['chroot', service.chroot],
    ['wakeup', service.wakeup],
    ['process_limit', service.processLimit],
    ['command', [service.command, ...service.args.map(quoted)].join(' ')],
  ];
}

const COLUMNS = [10, 5, 7, 7, 7, 7, 7];

function serviceLine(service: ServiceEntry, folds: boolean): string {
  const {name, type, isPrivate, unprivileged, chroot, wakeup, processLimit, command} = service;
  const fields = [name, type, isPrivate, unprivileged, chroot, wakeup, processLimit];
  let head = '';
  let column = 0;
  for (const [i, field] of fields.entries()) {
    const width = COLUMNS[i] ?? 0;
    head += field;
    column += width + 1;
    head += ' '.repeat(Math.max(1, column - head.length));
  }
  const words = service.args.map(quoted);
  if (!folds) return `${[head + command, ...words].join(' ')}\n`;
  return `${foldService(head + command, words)}\n`;
}

/** Seen: a line that would reach this column is broken before. */
const FOLD_COLUMNS = 80;

/** Each `-o name=value` on a line of its own. */
function foldService(head: string, words: readonly string[]): string {
  const lines = [head];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '-o') {
      lines.push(`    -o ${words[++i] ?? ''}`);
      continue;
    }
    const last = lines.at(-1) ?? '';
    if (`${last} ${word}`.length >= FOLD_COLUMNS || last.startsWith('    -o ')) lines.push(`    ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}

function quoted(word: string): string {
  return /\s/.test(word) || word === '' ? `{ ${word} }` : word;
}
