/** posthorn completion: prints a script that teaches a shell to complete posthorn and the mimicked tools. */
import {Args, Command} from '@oclif/core';
import {completionScript, type CompletedCommand, type Shell} from './completion-script.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[];

export default class Completion extends Command {
  static override readonly summary = 'Print a completion script for bash, zsh or fish.';
  static override readonly description =
    'bash: put  source <(posthorn completion bash)  into ~/.bashrc. zsh: put  source <(posthorn completion zsh)  into ' +
    '~/.zshrc, after compinit. fish: posthorn completion fish > ~/.config/fish/completions/posthorn.fish';
  static override readonly args = {
    shell: Args.string({description: 'the shell', required: true, options: [...SHELLS]}),
  };

  override async run(): Promise<void> {
    const {args} = await this.parse(Completion);
    const shell = SHELLS.find(name => name === args.shell) ?? 'bash';
    process.stdout.write(completionScript(shell, await completedCommands()));
  }
}

async function completedCommands(): Promise<CompletedCommand[]> {
  const {ownCommands} = await import('../own-commands.ts');
  const {tools} = await import('../tools.ts');
  const mimicked = await Promise.all([...tools.values()].map(load => load()));
  const words = mimicked.map(({name, summary, options}) => ({
    name,
    summary,
    words: options.map(({flag, text}) => ({word: flag.split(' ')[0] ?? '', text})),
  }));
  const own = Object.entries(ownCommands).map(([name, command]) => ({
    name: `posthorn ${name}`,
    summary: command.summary ?? '',
    words: Object.entries(command.flags ?? {}).map(([flag, {description}]) => ({
      word: `--${flag}`,
      text: description ?? '',
    })),
  }));
  return [...words, ...own];
}
