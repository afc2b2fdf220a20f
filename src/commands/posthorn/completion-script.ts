/** Completion scripts for three shells, written from names, options and their descriptions. */
export type Shell = 'bash' | 'zsh' | 'fish';

export interface CompletedCommand {
  /** `postconf`, or `posthorn queue`. */
  readonly name: string;
  readonly summary: string;
  /** Options and sub-commands. */
  readonly words: readonly {readonly word: string; readonly text: string}[];
}

export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(commands);
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`;
    case 'fish':
      return fishScript(commands);
  }
}

const PREFIX = 'posthorn ';

/** Words are offered by what stands before them; files are the shell's own default. */
function bashScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({name}) => name);
  const offered = (command: CompletedCommand): string => command.words.map(({word}) => word).join(' ');
  const cases = commands.map(command => `    '${command.name}') words='${offered(command)}' ;;`);
  const umbrella = names.map(name => name.replace(PREFIX, '')).join(' ');
  const tools = names.filter(name => !name.startsWith(PREFIX));
  return `# Completion for Posthorn, made by "posthorn completion".
_posthorn() {
  local name="\${COMP_WORDS[0]##*/}" word="\${COMP_WORDS[COMP_CWORD]}" words=''
  if [ "$name" = posthorn ]; then
    if [ "$COMP_CWORD" -eq 1 ]; then
      COMPREPLY=($(compgen -W '${umbrella} help' -- "$word"))
      return
    fi
    name="posthorn \${COMP_WORDS[1]}"
    case ' ${tools.join(' ')} ' in *" \${COMP_WORDS[1]} "*) name="\${COMP_WORDS[1]}" ;; esac
  fi
  case "$name" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _posthorn posthorn ${tools.join(' ')}
`;
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = ['# Completion for Posthorn, made by "posthorn completion".'];
  for (const {name, summary, words} of commands) {
    const own = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
    lines.push(`complete -c posthorn -n __fish_use_subcommand -f -a ${own ?? name} -d ${quote(summary)}`);
    const where = own === undefined ? `-c ${name}` : `-c posthorn -n '__fish_seen_subcommand_from ${own}'`;
    for (const {word, text} of words) lines.push(`complete ${where} ${fishWord(word)} -d ${quote(text)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A long option, a short one (\`old\` when it has several letters: \`-bp\`), or a plain word. */
function fishWord(word: string): string {
  if (word.startsWith('--')) return `-l ${word.slice(2)}`;
  if (word.startsWith('-')) return `${word.length > 2 ? '-o' : '-s'} ${quote(word.slice(1))}`;
  return `-f -a ${word}`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
