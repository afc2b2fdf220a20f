/**
 * Where `posthorn` begins: a mimicked tool gets the rest of the line as it is (`posthorn postconf -n`); everything else is
 * a command of posthorn's own, read by oclif.
 */
import {runTool} from '../core/base/tool.ts';
import {tools} from './tools.ts';

async function main(): Promise<void> {
  const [name = '', first] = process.argv.slice(2);
  const load = tools.get(name);
  if (load !== undefined && first !== '--help') {
    process.argv.splice(2, 1);
    return runTool(await load());
  }
  const {runPosthorn} = await import('./posthorn/run.ts');
  return runPosthorn(process.argv.slice(2));
}

void main();
