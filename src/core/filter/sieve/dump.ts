/** A compiled script as text, for `sieve-dump` and `-d`: laid out as the original's, with addresses of our own. */
import type {Operation, Program, Text, TextPart} from './compile/operand.ts';

export function dumpProgram(program: Program): string {
  const extensions = program.extensions.map((name, index) => `${String(index).padStart(3)}: ${name} (id: ${index})\n`);
  return [
    '\n* Header:\n\nversion = 1.0\nflags = 0x00000000\n',
    `\n* Script metadata (block: 0):\n\nclass = file\nclass.version = 0\nlocation = ${program.script}\n`,
    `\n* Required extensions (block: 1):\n\n${extensions.join('')}`,
    dumpCode(program, 2, 'Main program'),
    ...program.includes.map(({name, location, program: included}, index) =>
      included === undefined
        ? `\n* Included ${location} script '${name}' (MISSING)\n`
        : dumpCode(included, index + 3, `Included ${location} script '${name}'`),
    ),
    '\n',
  ].join('');
}

function dumpCode({operations, lastLine}: Program, block: number, title: string): string {
  const lines = operations.flatMap((operation, address) => [
    `${hex(address)}: ${String(operation.line).padStart(4)}: ${label(operation)}`,
    ...operands(operation).map(text => `${hex(address)}:         ${text}`),
  ]);
  const end = `${hex(operations.length)}: ${String(lastLine).padStart(4)}: [End of code]`;
  return `\n* ${title} (block: ${block}):\n\nAddress   Line  Code\n${[...lines, end].join('\n')}\n`;
}

function hex(address: number): string {
  return address.toString(16).padStart(8, '0');
}

const LABELS: ReadonlyMap<string, string> = new Map([
  ['jump', 'JMP'],
  ['jumpIfTrue', 'JMPTRUE'],
  ['jumpIfFalse', 'JMPFALSE'],
  ['loopBegin', 'FOREVERYPART'],
  ['loopEnd', 'FOREVERYPART_END'],
  ['string', 'STRING-TEST'],
  ['oldNotify', 'NOTIFY'],
]);

function label(operation: Operation): string {
  const name = LABELS.get(operation.op) ?? operation.op.toUpperCase();
  if (!('target' in operation) || typeof operation.target !== 'number') return name;
  return `${name} [${hex(operation.target)}]`;
}

function operands(operation: Operation): string[] {
  const shown: string[] = [];
  for (const [name, value] of Object.entries(operation) as [string, unknown][]) {
    if (name === 'op' || name === 'line' || (name === 'target' && typeof value === 'number')) continue;
    if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) continue;
    shown.push(`${words(name)}: ${operand(value)}`);
  }
  return shown;
}

/** `matchType` as `match type`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);
}

function operand(value: unknown): string {
  if (typeof value === 'number') return `NUM ${value}`;
  if (Array.isArray(value))
    return value.length === 1 ? operand(value[0]) : `STRLIST [${value.length}]: ${value.map(operand).join(', ')}`;
  if (typeof value === 'string' || isParts(value)) return textOperand(value);
  return JSON.stringify(value);
}

function isParts(value: unknown): value is Exclude<Text, string> {
  return typeof value === 'object' && value !== null && 'parts' in value;
}

function textOperand(text: Text): string {
  if (typeof text === 'string') return `STR[${text.length}] ${JSON.stringify(text)}`;
  return `CAT-STR [${text.parts.length}]: ${text.parts.map(part).join(' ')}`;
}

function part(piece: TextPart): string {
  if (typeof piece === 'string') return textOperand(piece);
  if ('match' in piece) return `MATCHVAL ${piece.match}`;
  if ('variable' in piece) return `VAR[${piece.variable}] \${${piece.name}}`;
  return 'global' in piece ? `VAR \${global.${piece.global}}` : `VAR \${env.${piece.environment}}`;
}
