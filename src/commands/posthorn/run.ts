/**
 * Hands a command line to oclif, with the manifest that the build made. The overview (`posthorn`, `posthorn help`) and the
 * answer to a name that is none are our own; the rest of help and errors is oclif's.
 */
import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {nearestWord} from '../../core/base/nearest.ts';
import {version} from '../../core/base/version.ts';
import {tools} from '../tools.ts';
import {styler} from './style.ts';

/** What we read of oclif's manifest. */
interface Manifest {
  readonly commands: Readonly<Record<string, {readonly summary?: string}>>;
}

const HELP_WORDS: readonly (string | undefined)[] = [undefined, 'help', '--help', '-h'];

export async function runPosthorn(argv: readonly string[]): Promise<void> {
  const folder = cliFolder();
  const manifest = JSON.parse(readFileSync(`${folder}/oclif.manifest.json`, 'utf8')) as Manifest; // the build made it
  const [first, second] = argv;
  if (HELP_WORDS.includes(first) && (second === undefined || first !== 'help')) return showOverview(manifest);
  const line = first === 'help' && second !== undefined ? [second, '--help'] : [...argv];
  const [name = ''] = line;
  if (!name.startsWith('-') && !Object.hasOwn(manifest.commands, name)) return refuse(name, manifest);
  const {Errors, flush, run} = await import('@oclif/core');
  try {
    await run(line, {root: folder});
    await flush();
  } catch (fault) {
    await Errors.handle(fault instanceof Error ? fault : new Error(String(fault)));
  }
}

/** Beside the bundles, or in dist/ when the sources run. */
function cliFolder(): string {
  const places = ['../cli', '../../../dist/cli'];
  return places.map(place => fileURLToPath(new URL(place, import.meta.url))).find(existsSync) ?? '.';
}

async function showOverview({commands}: Manifest): Promise<void> {
  const style = await styler();
  const names = Object.keys(commands).sort();
  const row = (name: string): string =>
    `  ${style.cyan(name.padEnd(12))} ${(commands[name]?.summary ?? '').replace(/\.$/, '')}`;
  const lines = [
    `Posthorn ${version}: the mail system of a host in one folder.`,
    '',
    style.bold('COMMANDS'),
    ...names.filter(name => !tools.has(name)).map(row),
    '',
    style.bold('THE FAMILIAR ONES') + style.dim('  (also under their own names; each behaves as the original)'),
    ...names.filter(name => tools.has(name)).map(row),
    '',
    `"posthorn help COMMAND" says more.`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function refuse(name: string, {commands}: Manifest): void {
  const nearest = nearestWord(name, Object.keys(commands));
  const hint = nearest === undefined ? '"posthorn help" lists them' : `did you mean ${nearest}?`;
  process.stderr.write(`posthorn: there is no command ${name}; ${hint}\n`);
  process.exitCode = 2;
}
