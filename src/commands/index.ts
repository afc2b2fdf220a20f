/**
 * The registry of everything `posthorn` can do: its own commands, which are oclif classes, and the mimicked tools, each
 * wrapped as one. Help, completion and the man pages come from here; the build makes oclif's manifest of it, so that
 * running one command does not load the others.
 */
import {Command} from '@oclif/core';
import {runTool, type Tool} from '../core/base/tool.ts';
import {ownCommands} from './own-commands.ts';
import {tools} from './tools.ts';

type CommandClass = typeof Command;

/** All of them, under the names they are called by. */
export async function allCommands(): Promise<Readonly<Record<string, CommandClass>>> {
  const wrapped = await Promise.all([...tools].map(async ([name, load]) => [name, wrap(await load())] as const));
  return {...ownCommands, ...Object.fromEntries(wrapped)};
}

function wrap(tool: Tool): CommandClass {
  return class extends Command {
    static override readonly summary = `${tool.summary}.`;
    static override readonly description = [...(tool.description ?? []), optionTable(tool)].join('\n\n');
    static override readonly usage = tool.usage.map(usage => `${tool.name} ${usage}`.trimEnd());
    static override readonly strict = false;

    override async run(): Promise<void> {
      await runTool(tool);
    }
  };
}

/** The options as a table: they are read as the original reads them, which oclif's own flags could not. */
function optionTable(tool: Tool): string {
  const width = Math.max(...tool.options.map(option => option.flag.length));
  const lines = tool.options.map(option => `${option.flag.padEnd(width)}  ${option.text}`);
  return ['Options:', ...lines].join('\n');
}
